import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Range, takeNew } from '../../tools/oracle/ranges.ts'

test('what lies inside is dropped and what overlaps is cut', () => {
  const held: Range[] = []
  assert.deepEqual(takeNew(held, 0, 100), [[0, 100]])
  assert.deepEqual(takeNew(held, 0, 100), [])
  assert.deepEqual(takeNew(held, 20, 80), [])
  assert.deepEqual(takeNew(held, 60, 140), [[100, 140]])
  assert.deepEqual(held, [[0, 140]])
})

test('a range over several holes gives each of them', () => {
  const held: Range[] = []
  takeNew(held, 10, 20)
  takeNew(held, 30, 40)
  assert.deepEqual(takeNew(held, 5, 45), [
    [5, 10],
    [20, 30],
    [40, 45],
  ])
  assert.deepEqual(held, [[5, 45]])
})

test('ranges that touch become one, and an empty range is none', () => {
  const held: Range[] = []
  takeNew(held, 0, 5)
  takeNew(held, 8, 9)
  assert.deepEqual(takeNew(held, 6, 6), [])
  assert.deepEqual(takeNew(held, 5, 8), [[5, 8]])
  assert.deepEqual(held, [[0, 9]])
})

test('whatever comes, each byte is new exactly once and the held ranges stay sorted and apart', () => {
  const arrivals = fc.array(fc.tuple(fc.nat(60), fc.nat(20)), { maxLength: 40 })
  fc.assert(
    fc.property(arrivals, (ranges) => {
      const held: Range[] = []
      const model = new Set<number>()
      for (const [start, length] of ranges) {
        const expected = bytesOf([[start, start + length]]).filter((byte) => !model.has(byte))
        assert.deepEqual(bytesOf(takeNew(held, start, start + length)), expected)
        for (const byte of expected) model.add(byte)
      }
      assert.deepEqual(
        bytesOf(held),
        [...model].toSorted((a, b) => a - b),
      )
      for (const [index, [start]] of held.entries()) assert.ok(index === 0 || (held[index - 1]?.[1] ?? 0) < start)
    }),
  )
})

function bytesOf(ranges: readonly Range[]): number[] {
  return ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, index) => start + index))
}
