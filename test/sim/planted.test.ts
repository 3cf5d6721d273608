import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foundSeeds, plant, WITHIN } from './plant.ts'
import { PLANTED } from './planted.ts'
import { REGRESSIONS } from './regressions.ts'

for (const bug of [...PLANTED, ...REGRESSIONS]) {
  test(`the simulator finds within ${WITHIN} seeds that ${bug.name}`, async () => {
    assert.notEqual(await plant(bug, 1), null)
  })
}

test('the recorded list names every planted bug', () => {
  assert.deepEqual(
    [...foundSeeds().keys()],
    [...PLANTED, ...REGRESSIONS].map(({ name }) => name),
  )
})
