// Whatever bytes a file in another charset holds, and however little room there is: the records together are the file, to the byte.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { decode } from '../../src/message/decode.ts'
import { jsonFormat } from '../../src/message/json.ts'
import { lineFormat } from '../../src/message/line.ts'
import { rawFormat } from '../../src/message/raw.ts'
import { type Charset, charsetNamed } from '../../src/text/charset.ts'
import { META, type Shipped, ship } from './shipper.ts'

const CHARSETS = ['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr', 'utf-16le', 'utf-16be', 'windows-1251']

const TEXTS = [
  '错误：数据库连接失败\n',
  '漢字カナ ｶﾅ\n',
  '한국어\r\n',
  'Привет, мир\n',
  '"\\\t',
  '€😀上下Ċ\n',
  '\r\n',
  '\n\n',
  '\ufeff',
]

const named = (name: string): Charset => charsetNamed(name) as Charset

function fileIn(charset: string): fc.Arbitrary<Buffer> {
  const stretch = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...TEXTS).map((text) => iconv.encode(text, charset)) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from(array)) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 100, max: 900 }).map((length) => iconv.encode('错误カнx'.repeat(length), charset)),
    },
  )
  return fc.array(stretch, { maxLength: 20 }).map((parts) => Buffer.concat(parts))
}

const limit = fc.integer({ min: 1100, max: 5000 })
const growth = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 })
const others = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5000 }))

for (const charset of CHARSETS) {
  const formats = {
    json: jsonFormat(META, named(charset)),
    raw: rawFormat(META, named(charset)),
    line: lineFormat(META, 'minimal', named(charset)),
  }
  for (const [name, format] of Object.entries(formats)) {
    test(`${name} of ${charset}: the records are the file, to the byte`, () => {
      fc.assert(
        fc.property(fileIn(charset), limit, growth, others, (bytes, most, steps, filled) => {
          const sizes = [
            ...steps.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b),
            bytes.length,
          ]
          assertWhole(bytes, charset, ship(bytes, { format, limit: most, sizes, others: filled }))
        }),
        { numRuns: 60 },
      )
    })
  }
}

function assertWhole(bytes: Buffer, charset: string, shipped: readonly Shipped[]): void {
  let offset = 0
  for (const record of shipped) {
    const verdict = decode(record)
    assert.ok(verdict.kind === 'message', JSON.stringify(verdict))
    const { message } = verdict
    assert.equal(message.charset, charset)
    assert.equal(message.offset, offset)
    assert.ok(message.bytes.equals(bytes.subarray(offset, offset + message.length)), `other bytes at ${offset}`)
    offset += message.length
  }
  assert.equal(offset, bytes.length)
}

for (const charset of CHARSETS) {
  test(`text in ${charset} arrives as UTF-8, cut between characters, in parts too`, () => {
    const text = `${TEXTS.find((one) => one.trim() !== '' && iconv.decode(iconv.encode(one, charset), charset, { stripBOM: false }) === one && one.length > 5)}`
    const long = `${text.trim().repeat(900)}\n`
    const whole = `${text}${long}${text}`
    const bytes = iconv.encode(whole, charset)
    for (const format of [jsonFormat(META, named(charset)), lineFormat(META, 'minimal', named(charset))]) {
      const shipped = ship(bytes, { format, limit: 3000 })
      assert.ok(shipped.length > 4)
      assertWhole(bytes, charset, shipped)
      const isLine = format.perEvent === true
      const contents = shipped.map(({ value, headers }) => {
        if (isLine)
          return `${value.toString()}${headers['part'] === undefined || headers['last'] === 'true' ? text.slice(text.trimEnd().length) : ''}`
        const { content, content_encoding } = JSON.parse(value.toString()) as Record<string, string>
        assert.equal(content_encoding, undefined)
        return content
      })
      assert.equal(contents.join('').replaceAll('\r', ''), whole.replaceAll('\r', ''))
    }
  })
}

test('pairs that come back as others travel as base64, in messages of their own, and the lines around them as text', () => {
  // NEC's double of a character that IBM has too: Windows writes the other one.
  const bad = Buffer.concat([Buffer.from('x'), Buffer.from([0x87, 0x90]), Buffer.from('\n')])
  const good = iconv.encode('表示\n', 'shift_jis')
  const bytes = Buffer.concat([good, good, bad, bad, good])
  const shipped = ship(bytes, { format: jsonFormat(META, named('shift_jis')), limit: 5000 })
  assert.deepEqual(
    shipped.map(({ value }) => {
      const { offset, lines, charset, content, content_encoding } = JSON.parse(value.toString()) as Record<
        string,
        unknown
      >
      return [offset, lines, charset, content_encoding ?? content]
    }),
    [
      [0, 2, 'shift_jis', '表示\n表示\n'],
      [10, 2, 'shift_jis', 'base64'],
      [18, 1, 'shift_jis', '表示\n'],
    ],
  )
  const lines = ship(bytes, { format: lineFormat(META, 'minimal', named('shift_jis')), limit: 5000 })
  assert.deepEqual(
    lines.map(({ value, headers }) => [value.toString('latin1').length, headers['content_encoding']]),
    [
      [6, undefined],
      [6, undefined],
      [3, 'binary'],
      [3, 'binary'],
      [6, undefined],
    ],
  )
  assertWhole(bytes, 'shift_jis', lines)
})

test('raw carries the bytes as they are, with their charset in a header', () => {
  const bytes = iconv.encode('错误\n', 'gbk')
  const [made] = ship(bytes, { format: rawFormat(META, named('gbk')), limit: 5000 })
  assert.deepEqual([made?.value, made?.headers['charset']], [bytes, 'gbk'])
})

test('in UTF-16 a line ends where a unit is a line end, not where bytes look like one', () => {
  // U+0A0A, and U+0A00 in front of U+4E0A: both orders have the bytes of a line end in them, beside units.
  const text = '\u0a0a\u0a00\u4e0a\u000a上\u0a0d\u0d0a\r\nend\n'
  for (const charset of ['utf-16le', 'utf-16be']) {
    const bytes = iconv.encode(text, charset)
    const lines = ship(bytes, { format: lineFormat(META, 'minimal', named(charset)), limit: 5000 })
    assert.deepEqual(
      lines.map(({ value }) => value.toString()),
      ['\u0a0a\u0a00\u4e0a', '上\u0a0d\u0d0a', 'end'],
    )
    const [one, ...more] = ship(bytes, { format: jsonFormat(META, named(charset)), limit: 5000 })
    assert.equal(more.length, 0)
    assert.equal((JSON.parse(String(one?.value)) as { lines: number }).lines, 3)
  }
})

test('half of a surrogate pair is no text', () => {
  const bytes = Buffer.concat([
    iconv.encode('a', 'utf-16le'),
    Buffer.from([0x00, 0xd8]),
    iconv.encode('\n', 'utf-16le'),
  ])
  const [one] = ship(bytes, { format: jsonFormat(META, named('utf-16le')), limit: 5000 })
  assert.equal((JSON.parse(String(one?.value)) as { content_encoding: string }).content_encoding, 'base64')
})
