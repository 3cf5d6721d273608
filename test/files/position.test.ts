import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from '../../src/files/fingerprint.ts'
import { type Position, trailWith } from '../../src/files/position.ts'

const KIB = 1024

for (const [chunk, what] of [
  [300, 'small chunks'],
  [64 * KIB, 'chunks of 64 KiB'],
  [1024 * KIB, 'chunks of 1 MiB'],
] as const) {
  test(`after ${what} a copy of any length has a place by which it is known, not far before its end`, () => {
    let trail: readonly Position[] = []
    let end = 0
    for (let i = 0; i < 3000; i++) {
      end += chunk
      trail = trailWith(trail, { offset: end, carry: null, mark: EMPTY })
    }
    assert.ok(trail.length <= 10)
    assert.equal(trail.at(-1)?.offset, end)
    for (const missing of [200 * KIB, 600 * KIB, 1500 * KIB, 5000 * KIB, 30_000 * KIB]) {
      const length = end - missing
      if (length <= 2 * chunk) continue
      const last = Math.max(...trail.map(({ offset }) => offset).filter((offset) => offset <= length))
      assert.ok(
        end - last <= 4 * missing + 4 * Math.max(chunk, 64 * KIB),
        `${end - last} before the end for ${missing}`,
      )
    }
  })
}
