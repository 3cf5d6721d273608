import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { crc32Combine } from '../../src/support/crc-combine.ts'

test('the combined crc is the crc of the bytes laid end to end', () => {
  const bytes = fc.uint8Array({ maxLength: 3000 })
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(crc32Combine(crc32(a), crc32(b), b.length), crc32(Buffer.concat([a, b])))
    }),
  )
})

test('combining is associative for lengths up to 2^52 bytes', () => {
  const crc = fc.integer({ min: 0, max: 0xffffffff })
  const length = fc.integer({ min: 0, max: 2 ** 52 })
  fc.assert(
    fc.property(crc, crc, crc, length, length, (a, b, c, lengthB, lengthC) => {
      const left = crc32Combine(crc32Combine(a, b, lengthB), c, lengthC)
      const right = crc32Combine(a, crc32Combine(b, c, lengthC), lengthB + lengthC)
      assert.equal(left, right)
    }),
  )
})

test('a gigabyte of zeros, summed by doubling, has the crc that zlib gives for it', () => {
  const half = Buffer.alloc(1 << 20)
  let crc = crc32(half)
  for (let length = half.length; length < 2 ** 30; length *= 2) crc = crc32Combine(crc, crc, length)
  let expected = 0
  for (let piece = 0; piece < 1024; piece += 1) expected = crc32(half, expected)
  assert.equal(crc, expected)
})

test('nothing appended changes nothing', () => {
  assert.equal(crc32Combine(0xdeadbeef, 0, 0), 0xdeadbeef)
})

test('a length that is no number of bytes is refused', () => {
  for (const length of [-1, 1.5, Number.NaN, 2 ** 53]) assert.throws(() => crc32Combine(1, 2, length), RangeError)
})
