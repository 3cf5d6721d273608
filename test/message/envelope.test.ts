// The names and values that consumers read, to the letter of the reference.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { jsonFormat } from '../../src/message/json.ts'
import { lineFormat } from '../../src/message/line.ts'
import { rawFormat } from '../../src/message/raw.ts'
import { META, type ShipOptions, type Shipped, ship } from './shipper.ts'

const LIMIT = 20_000
const TIME = '2026-11-20T10:00:00.123Z'
const sum = (text: string | Buffer): string => crc32(text).toString(16).padStart(8, '0')

const shipJson = (text: string | Buffer, options: Partial<ShipOptions> = {}): Shipped[] =>
  ship(Buffer.from(text), { format: jsonFormat(META), limit: LIMIT, ...options })
const documents = (text: string | Buffer, options: Partial<ShipOptions> = {}): Record<string, unknown>[] =>
  shipJson(text, options).map(({ value }) => JSON.parse(value.toString()) as Record<string, unknown>)

test('json: one document for a run of lines, with these fields in this order', () => {
  const text = 'one\n\n"two"\ttabbed\\ \u0000\u001b\r\nthrée 😀\n'
  const [made, ...more] = shipJson(text)
  assert.deepEqual(more, [])
  assert.ok(made)
  assert.deepEqual([made.key, made.headers], [META.filename, {}])
  const document = JSON.parse(made.value.toString()) as Record<string, unknown>
  const names = 'v filename host session file_id offset length lines crc32 read_time fields content'
  assert.deepEqual(Object.keys(document), names.split(' '))
  assert.deepEqual(document, {
    v: 1,
    filename: '/var/log/app.log',
    host: 'host-1',
    session: '2026-11-20',
    file_id: '00112233445566778899aabbccddeeff',
    offset: 0,
    length: Buffer.byteLength(text),
    lines: 4,
    crc32: sum(text),
    read_time: TIME,
    fields: { team: 'ö"\\' },
    content: text,
  })
})

test('json: a line that fits no message is parts from 1, of which only the one with the line end is the last', () => {
  const text = `${'é'.repeat(30_000)}\nnext\n`
  const made = documents(text)
  assert.deepEqual(
    made.map(({ part }) => part),
    [1, 2, 3, 4, undefined],
  )
  assert.deepEqual(
    made.map(({ last }) => last),
    [false, false, false, true, undefined],
  )
  assert.equal(made.map(({ content }) => content).join(''), text)
  assert.deepEqual(
    made.map(({ lines }) => lines),
    [0, 0, 0, 1, 1],
  )
})

test('json: parts are shipped before the line end is there, and what comes later goes on counting', () => {
  const text = `${'a'.repeat(50_000)}\n`
  const made = documents(text, { sizes: [45_000, 50_001] })
  assert.deepEqual(
    made.map(({ part, last }) => [part, last]),
    [
      [1, false],
      [2, false],
      [3, true],
    ],
  )
})

test('json: a line without an end is partial, and its rest a part', () => {
  const [partial] = documents('whole\nhalf').slice(1)
  assert.deepEqual(
    [partial?.['partial'], partial?.['part'], partial?.['lines'], partial?.['content']],
    [true, 1, 0, 'half'],
  )
})

test('json: only the lines that are no UTF-8 are base64, in messages of their own', () => {
  const bad = Buffer.from([0x62, 0xff, 0xfe, 0x0a])
  const made = documents(Buffer.concat([Buffer.from('good\n'), bad, bad, Buffer.from('gut\n')]))
  assert.deepEqual(
    made.map(({ content_encoding }) => content_encoding),
    [undefined, 'base64', undefined],
  )
  assert.deepEqual(
    made.map(({ content }) => content),
    ['good\n', Buffer.concat([bad, bad]).toString('base64'), 'gut\n'],
  )
  assert.deepEqual(
    made.map(({ lines }) => lines),
    [1, 2, 1],
  )
})

test('raw: the value is the bytes, the rest is in headers of the same names, as text', () => {
  const bytes = Buffer.from([0x61, 0xff, 0x00, 0x0d, 0x0a, 0x0a])
  const [made, ...more] = ship(bytes, { format: rawFormat(META), limit: LIMIT })
  assert.deepEqual(more, [])
  assert.deepEqual([made?.key, made?.value], [META.filename, bytes])
  assert.deepEqual(made?.headers, {
    v: '1',
    filename: '/var/log/app.log',
    host: 'host-1',
    session: '2026-11-20',
    file_id: '00112233445566778899aabbccddeeff',
    fields: '{"team":"ö\\"\\\\"}',
    offset: '0',
    length: '6',
    lines: '2',
    crc32: sum(bytes),
    read_time: TIME,
  })
})

test('raw: part, last and partial are headers too', () => {
  const made = ship(Buffer.from('x'.repeat(30_000)), { format: rawFormat(META), limit: LIMIT })
  assert.deepEqual(
    made.map(({ headers }) => [headers['part'], headers['last'], headers['partial']]),
    [
      ['1', 'false', undefined],
      ['2', 'false', 'true'],
    ],
  )
})

const LINES = 'one\r\n\n\r\ntwo\rthree\n'

test('line: a value is a line without its line end, the length counts it', () => {
  const made = ship(Buffer.from(LINES), { format: lineFormat(META, 'minimal'), limit: LIMIT })
  assert.deepEqual(
    made.map(({ value }) => value.toString()),
    ['one', '', '', 'two\rthree'],
  )
  assert.deepEqual(
    made.map(({ key }) => key),
    Array(4).fill(META.filename),
  )
  assert.deepEqual(
    made.map(({ headers }) => headers),
    [
      [0, 5],
      [5, 1],
      [6, 2],
      [8, 10],
    ].map(([offset, length]) => ({
      filename: META.filename,
      file_id: META.fileId,
      offset: String(offset),
      length: String(length),
    })),
  )
})

test('line: all headers are those and host and session', () => {
  const [made] = ship(Buffer.from(LINES), { format: lineFormat(META, 'all'), limit: LIMIT })
  assert.deepEqual(made?.headers, {
    filename: META.filename,
    file_id: META.fileId,
    host: META.host,
    session: META.session,
    offset: '0',
    length: '5',
  })
})

test('line: none are none', () => {
  const made = ship(Buffer.from(LINES), { format: lineFormat(META, 'none'), limit: LIMIT })
  assert.deepEqual(
    made.map(({ headers }) => headers),
    [{}, {}, {}, {}],
  )
})
