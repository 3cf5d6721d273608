import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesIn, heldWithin, missingFrom, type Range, takeNew } from '../../src/support/ranges.ts'

const SIZE = 40
const piece = fc.tuple(fc.nat(SIZE), fc.nat(8)).map(([start, length]): Range => [start, start + length])

/** One flag for each offset. */
function flags(ranges: readonly Range[]): boolean[] {
  const all = Array.from({ length: SIZE + 10 }, () => false)
  for (const [start, end] of ranges) all.fill(true, start, end)
  return all
}

test('held ranges are what a flag for each byte would say, in order, apart, and each byte is new once', () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const held: Range[] = []
      const model = flags([])
      for (const [start, end] of pieces) {
        const expected = flags([[start, end]]).map((is, at) => is && !model[at])
        assert.deepEqual(flags(takeNew(held, start, end)), expected)
        model.fill(true, start, end)
      }
      assert.deepEqual(flags(held), model)
      for (const [index, [start, end]] of held.entries()) {
        assert.ok(start < end && start > (held[index - 1]?.[1] ?? -1), JSON.stringify(held))
      }
    }),
  )
})

test('what is held and what is missing of any stretch are its two halves', () => {
  fc.assert(
    fc.property(fc.array(piece), piece, (pieces, [start, end]) => {
      const held: Range[] = []
      for (const [from, to] of pieces) takeNew(held, from, to)
      const inside = heldWithin(held, start, end)
      const missing = missingFrom(held, start, end)
      assert.equal(bytesIn(inside) + bytesIn(missing), end - start)
      const wanted = flags([[start, end]])
      const all = flags(held)
      assert.deepEqual(
        flags(inside),
        wanted.map((is, at) => is && all[at] === true),
      )
      assert.deepEqual(
        flags(missing),
        wanted.map((is, at) => is && all[at] !== true),
      )
    }),
  )
})
