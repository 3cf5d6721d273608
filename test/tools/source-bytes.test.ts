import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeMessage } from '../../tools/oracle/source-bytes.ts'
import { fileIdOf, jsonMessage, lineMessages, rawMessage } from './messages.ts'

const piece = {
  fileId: fileIdOf(7),
  filename: '/var/log/app.log',
  offset: 170,
  bytes: Buffer.from('first\r\nzwölf Boxkämpfer 🥊\n\uFEFF'),
}

test('a json envelope gives back its source bytes and its range', () => {
  const message = decodeMessage(jsonMessage(piece, { part: 2, last: true }))
  assert.deepEqual(message, {
    format: 'json',
    fileId: piece.fileId,
    filename: piece.filename,
    offset: 170,
    length: piece.bytes.length,
    session: '2026-11-20',
    bytes: piece.bytes,
    part: 2,
    last: true,
    lines: 2,
    crc32: message.crc32,
  })
})

test('content that could not be text comes as base64 and leaves as bytes', () => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x0a])
  assert.deepEqual(decodeMessage(jsonMessage({ ...piece, bytes })).bytes, bytes)
})

test('a raw message has its metadata in headers, as text', () => {
  const message = decodeMessage(rawMessage(piece, { partial: true }))
  assert.equal(message.format, 'raw')
  assert.equal(message.offset, 170)
  assert.equal(message.partial, true)
  assert.deepEqual(message.bytes, piece.bytes)
})

test('the length of a line message tells the line end that its value has lost', () => {
  const bytes = Buffer.from('crlf\r\nlf\n\nnone')
  const messages = lineMessages({ ...piece, bytes }).map(decodeMessage)
  const ends = messages.map((message) => message.bytes.toString())
  assert.deepEqual(ends, ['crlf\r\n', 'lf\n', '\n', 'none'])
  assert.deepEqual(
    messages.map(({ offset, session }) => [offset, session]),
    [
      [170, null],
      [176, null],
      [179, null],
      [180, null],
    ],
  )
})

test('a wrong crc32, a wrong length, and a line that is too short are refused', () => {
  assert.throws(() => decodeMessage(jsonMessage(piece, { crc32: '00000000' })), /crc32 00000000, but/)
  assert.throws(() => decodeMessage(rawMessage(piece, { length: 3 })), /length 3, but the content is/)
  const [line] = lineMessages({ ...piece, bytes: Buffer.from('line\n') })
  assert.ok(line)
  assert.throws(() => decodeMessage({ ...line, headers: { ...line.headers, length: '8' } }), /length 8 of a line of 4/)
})

test('what is no message of Pannier is refused with its place in Kafka', () => {
  const record = { partition: 2, offset: 41, headers: {}, value: Buffer.from('hello') }
  assert.throws(() => decodeMessage(record), /partition 2 offset 41/)
  assert.throws(() => decodeMessage(jsonMessage(piece, { v: 2 })), /envelope version 2/)
  assert.throws(() => decodeMessage(jsonMessage({ ...piece, fileId: 'ABC' })), /file_id ABC/)
  assert.throws(() => decodeMessage(jsonMessage(piece, { charset: 'gbk' })), /gbk has no "ö"/)
  assert.throws(() => decodeMessage(jsonMessage(piece, { charset: 'klingon' })), /klingon/)
})
