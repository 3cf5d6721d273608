// Whatever bytes a file holds and however little room there is: the records together are the file, to the byte, and none is too large.

import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { jsonFormat } from '../../src/message/json.ts'
import { lineFormat } from '../../src/message/line.ts'
import { rawFormat } from '../../src/message/raw.ts'
import { decodeMessage } from '../../tools/oracle/source-bytes.ts'
import { META, type Shipped, ship } from './shipper.ts'

/** Text and rubbish, line ends of all kinds, at all distances. */
const stretch = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => Buffer.from(text)) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('\n', '\n', '\r\n', '\r', '\n\n', '\0\0\0', '"\\\t\b\f', '\u001b[0m')
      .map((text) => Buffer.from(text)),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array)) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 3000 }).map((length) => Buffer.alloc(length, 'ABCDEFGHIJ')) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 200, max: 800 }).map((length) => Buffer.from('日本語😀é'.repeat(length / 5))),
  },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 800 }).map((length) => Buffer.alloc(length, 0xfe)) },
)
const file = fc.array(stretch, { maxLength: 30 }).map((parts) => Buffer.concat(parts))
const limit = fc.oneof(fc.integer({ min: 1024, max: 1300 }), fc.integer({ min: 1300, max: 9000 }))
const growth = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 })
const others = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9000 }))

const formats = {
  json: jsonFormat(META),
  raw: rawFormat(META),
  'line with few headers': lineFormat(META, 'minimal'),
  'line with all headers': lineFormat(META, 'all'),
} as const

for (const [name, format] of Object.entries(formats)) {
  test(`${name}: the records are the file, to the byte`, () => {
    fc.assert(
      fc.property(file, limit, growth, others, (bytes, most, steps, filled) => {
        const sizes = [
          ...steps.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b),
          bytes.length,
        ]
        const shipped = ship(bytes, { format, limit: most, sizes, others: filled })
        assertWhole(bytes, shipped)
        assertParts(bytes, shipped)
      }),
      { numRuns: 400 },
    )
  })
}

test('line without headers: the values are the lines', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/[\r\n]/.test(text))),
      limit,
      (lines, most) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const shipped = ship(bytes, { format: lineFormat(META, 'none'), limit: most })
        assert.deepEqual(
          shipped.map(({ value }) => value.toString()),
          lines,
        )
        for (const { headers, key } of shipped) assert.deepEqual([headers, key], [{}, META.filename])
      },
    ),
  )
})

/** Ranges contiguous from 0, bytes and checksums right. */
function assertWhole(bytes: Buffer, shipped: readonly Shipped[]): void {
  let offset = 0
  for (const record of shipped) {
    assert.equal(record.key, META.filename)
    const message = decodeMessage(record)
    assert.equal(message.offset, offset)
    assert.equal(message.fileId, META.fileId)
    assert.equal(message.filename, META.filename)
    const source = bytes.subarray(offset, offset + message.length)
    assert.ok(message.bytes.equals(source), `other bytes at ${offset}`)
    if (message.crc32 !== undefined) assert.equal(message.crc32, crc32(source).toString(16).padStart(8, '0'))
    if (message.lines !== undefined) assert.equal(message.lines, source.toString('latin1').split('\n').length - 1)
    offset += message.length
  }
  assert.equal(offset, bytes.length)
}

/** Numbers from 1, `last` on the last one only; text is cut between characters. */
function assertParts(bytes: Buffer, shipped: readonly Shipped[]): void {
  let expected = 1
  for (const record of shipped) {
    const { part, last, partial, offset, length, bytes: content } = decodeMessage(record)
    const ended = content.at(-1) === 0x0a
    if (part === undefined) {
      assert.equal(expected, 1, 'a part is followed by what is none')
      assert.equal(last, undefined)
      assert.ok(ended || partial === true)
      continue
    }
    assert.equal(part, expected)
    assert.equal(last, ended)
    expected = ended || partial === true ? 1 : part + 1
    // The one behind it may be the rest of a line whose end came later.
    if (partial === true) expected = part + 1
    const line = lineAround(bytes, offset)
    if (isUtf8(line))
      assert.ok(isUtf8(bytes.subarray(offset, offset + length)), `a character cut at ${offset + length}`)
  }
}

function lineAround(bytes: Buffer, offset: number): Buffer {
  const start = offset === 0 ? 0 : bytes.lastIndexOf(0x0a, offset - 1) + 1
  const end = bytes.indexOf(0x0a, offset)
  return bytes.subarray(start, end < 0 ? bytes.length : end + 1)
}
