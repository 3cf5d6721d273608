import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { FileProof } from '../../src/proof/file-proof.ts'
import { missingFrom, type Range, takeNew } from '../../src/support/ranges.ts'

const SIZE = 200
const source = Buffer.from(Array.from({ length: SIZE }, (_, at) => (at % 7 === 6 ? 10 : 97 + (at % 26))))
const range = fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 60 })).map(([start, length]): Range => {
  return [start, Math.min(SIZE, start + length)]
})

const bytesOf = (ranges: readonly Range[]): Buffer =>
  Buffer.concat(ranges.map(([start, end]) => source.subarray(start, end)))

test('whatever order, overlap and cut messages come in, the sums are those of the bytes, and what is missing is named', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 5 }), fc.array(range, { maxLength: 30 }), (booked, came) => {
      const proof = new FileProof(booked)
      const held: Range[] = []
      for (const [start, end] of came) {
        proof.take(start, source.subarray(start, end))
        takeNew(held, start, end)
      }
      const found = proof.found(booked)
      const missing = booked.flatMap(([start, end]) => missingFrom(held, start, end))
      assert.deepEqual(found.missing, missing)
      if (missing.length > 0) return
      const bytes = bytesOf(booked)
      assert.equal(found.crc32, crc32(bytes))
      assert.equal(found.lines, bytes.filter((byte) => byte === 10).length)
    }),
    { numRuns: 500 },
  )
})

test('what nobody booked is extra, and what comes twice is a copy', () => {
  const proof = new FileProof([
    [10, 20],
    [30, 40],
  ])
  proof.take(0, source.subarray(0, 35))
  proof.take(5, source.subarray(5, 15))
  assert.deepEqual(proof.extra, [
    [0, 10],
    [20, 30],
  ])
  assert.equal(proof.copies, 10)
  assert.deepEqual(proof.found([[30, 40]]).missing, [[35, 40]])
  assert.equal(proof.firstFound, 10)
})
