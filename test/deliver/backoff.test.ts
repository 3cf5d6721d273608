import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { backoff } from '../../src/deliver/backoff.ts'

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a pause is at least half of what it may be, never above five seconds, and jittered', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), random, (failures, luck) => {
      const pause = backoff(failures, luck)
      assert.ok(pause >= 50 && pause <= 5000)
      assert.ok(luck < 0.01 || pause > backoff(failures, 0))
    }),
  )
})

test('pauses double from a tenth of a second', () => {
  assert.deepEqual(
    [1, 2, 3, 6, 7, 8, 1000].map((failures) => backoff(failures, 0)),
    [50, 100, 200, 1600, 2500, 2500, 2500],
  )
})
