import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { plant } from './plant.ts'
import { PLANTED } from './planted.ts'

const WITHIN = 2_000
const recorded = JSON.parse(readFileSync(new URL('planted-found.json', import.meta.url), 'utf8')) as Record<string, unknown>

for (const bug of PLANTED) {
  test(`the simulator finds within ${WITHIN} seeds that ${bug.name}`, async () => {
    assert.notEqual(await plant(bug, WITHIN), null)
  })
}

test('the recorded list names every planted bug', () => {
  assert.deepEqual(Object.keys(recorded), PLANTED.map(({ name }) => name))
})
