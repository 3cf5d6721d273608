// What assembly/ does to bytes is what plain JavaScript does, also across the ends of its blocks and vectors.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { newBatch } from '../../src/message/batch.ts'
import { countLines } from '../../src/message/count-lines.ts'
import { fitEscaped, putEscaped } from '../../src/message/escape.ts'
import * as plain from '../../src/message/escape-plain.ts'
import { lineFormat } from '../../src/message/line.ts'
import { messagesOf } from '../../src/message/unpack.ts'
import { vectors } from '../../src/message/vectors.ts'
import { byteLines } from '../../src/text/line-ends.ts'
import { META } from './shipper.ts'

/** The block of assembly/memory.ts. */
const BLOCK = 0x8000
const LF = 0x0a

/** Mostly letters, with every byte that JSON escapes, in lengths around whole vectors and whole blocks. */
const sized = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => (randomInt(8) > 0 ? 0x61 + randomInt(26) : randomInt(0x80))))
const length = fc.oneof(
  fc.nat(100),
  fc.constantFrom(-17, -16, -1, 0, 1, 15, 16, 17).map((more) => BLOCK + more),
  fc.integer({ min: 2 * BLOCK, max: 3 * BLOCK }),
)
const ascii = length.map(sized)

test('this machine has vectors, so that the tests below are of them', () => {
  assert.ok(vectors)
})

test('escaped text is what JSON.stringify makes of it', () => {
  fc.assert(
    fc.property(ascii, fc.string({ unit: 'grapheme', maxLength: 20 }), (bytes, more) => {
      const source = Buffer.concat([bytes, Buffer.from(more)])
      const expected = JSON.stringify(source.toString()).slice(1, -1)
      const fit = fitEscaped(source, Number.POSITIVE_INFINITY)
      assert.deepEqual(fit, {
        bytes: source.length,
        encoded: Buffer.byteLength(expected),
        lines: countLines(byteLines, source, 0),
      })
      const into = Buffer.alloc(fit.encoded + 7, '#')
      assert.equal(putEscaped(into, 3, source, fit), fit.encoded + 3)
      assert.equal(into.toString(), `###${expected}####`)
    }),
  )
})

test('as much is found to fit as in plain JavaScript, whatever the bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        ascii,
        length.map((size) => Buffer.alloc(size, randomInt(256))),
      ),
      fc.nat(130),
      (bytes, share) => {
        const room = Math.floor((bytes.length * share) / 100) - 3
        assert.deepEqual(fitEscaped(bytes, room), plain.fitEscaped(bytes, room))
      },
    ),
  )
})

test('line ends are counted up to the length asked for', () => {
  fc.assert(
    fc.property(ascii, fc.nat(100), (bytes, share) => {
      const end = Math.floor((bytes.length * share) / 100)
      assert.equal(
        countLines(byteLines, bytes.subarray(0, end), 0),
        bytes.subarray(0, end).filter((byte) => byte === LF).length,
      )
    }),
  )
})

/** Offsets at which a digit more is needed, and those behind which eight digits are carried. */
const offset = fc.oneof(
  fc.constantFrom(0, 9, 99, 9_999_990, 99_999_000, 999_999_990, 99_999_999_000, 2 ** 52),
  fc.nat(2 ** 31 - 1),
)
const lineLength = fc.oneof(
  { weight: 30, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.integer({ min: 8_000, max: 2 * BLOCK }) },
)
const lines = fc
  .array(fc.tuple(lineLength, fc.constantFrom('\n', '\n', '\r\n')), { minLength: 1, maxLength: 400 })
  .map((all) => all.map(([size, end]) => 'x'.repeat(size) + end))

for (const headers of ['minimal', 'all', 'none'] as const) {
  test(`records of lines with headers = ${headers} are the same in vectors and without`, () => {
    const fast = lineFormat(META, headers)
    // What all records share has no room in the module's memory: the plain way.
    const filename = `/${'n'.repeat(BLOCK)}`
    const slow = lineFormat({ ...META, filename }, headers)
    fc.assert(
      fc.property(lines, offset, fc.nat(70), (all, at, index) => {
        const bytes = Buffer.from(all.join(''))
        const records = recordsOf(fast, bytes, at, index)
        assert.deepEqual(records, recordsOf(slow, bytes, at, index, filename))
        assert.deepEqual(
          records.map(({ value }) => value),
          all.map((line) => line.replace(/\r?\n$/, '')),
        )
      }),
      { numRuns: 60 },
    )
  })

  test(`as many lines are found to fit with headers = ${headers} as their records take`, () => {
    const format = lineFormat(META, headers)
    fc.assert(
      fc.property(lines, offset, fc.nat(120), (all, at, share) => {
        const bytes = Buffer.from(all.join(''))
        const whole = format.fitLines(bytes, at, Number.MAX_SAFE_INTEGER, 'text')
        assert.deepEqual([whole.bytes, whole.lines], [bytes.length, all.length])
        const room = Math.floor((whole.encoded * share) / 100)
        const fit = format.fitLines(bytes, at, room, 'text')
        assert.ok(fit.encoded <= room)
        const next = Buffer.from(all.slice(0, fit.lines + 1).join(''))
        if (fit.lines < all.length)
          assert.ok(format.fitLines(next, at, Number.MAX_SAFE_INTEGER, 'text').encoded > room, 'one more would fit')
        assert.equal(fit.bytes, Buffer.byteLength(all.slice(0, fit.lines).join('')))
      }),
      { numRuns: 60 },
    )
  })
}

/** As read back, with the long name put in the place of the usual one. */
function recordsOf(
  format: ReturnType<typeof lineFormat>,
  bytes: Buffer,
  at: number,
  index: number,
  filename = META.filename,
): { key: string; value: string; headers: Record<string, string> }[] {
  const fit = format.fitLines(bytes, at, Number.MAX_SAFE_INTEGER, 'text')
  const batch = newBatch({
    topic: 't',
    partition: 0,
    slab: { bytes: Buffer.alloc(fit.encoded + 100) },
    limit: 0,
    timestamp: 0,
  })
  const piece = { ...fit, encoding: 'text', part: null, last: false, partial: false } as const
  batch.end = format.write(batch.slab.bytes, batch.end, index, { bytes, piece, offset: at, crc32: 0, readTime: 0 })
  assert.ok(batch.end <= fit.encoded + 61)
  const usual = (text: string): string => (text === filename ? META.filename : text)
  return messagesOf(batch).map(({ key, value, headers }) => ({
    key: usual(key.toString()),
    value: value.toString(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, held]) => [name, usual(held.toString())])),
  }))
}
