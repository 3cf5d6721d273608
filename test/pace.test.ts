import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPace } from '../src/pace.ts'

const namesOf = (looks: readonly number[]): { intervals: number[]; named: number } => {
  let named = 0
  const pace = createPace(100, () => named++)
  return { intervals: looks.map((looking) => pace.after(looking)), named }
}

test('looks that stay slow stretch the interval so that they cost at most a tenth of it', () => {
  assert.deepEqual(namesOf([50, 50, 50, 60]), { intervals: [100, 100, 500, 600], named: 1 })
})

test('a single slow look changes nothing', () => {
  assert.deepEqual(namesOf([5, 80, 5, 80, 5]), { intervals: [100, 100, 100, 100, 100], named: 0 })
})

test('a slowness that comes and goes is named once until it was over for a while', () => {
  assert.equal(namesOf([50, 50, 50, 5, 50, 50, 50, 5, 50, 50, 50]).named, 1)
  assert.equal(namesOf([50, 50, 50, 5, 5, 5, 50, 50, 50]).named, 2)
})
