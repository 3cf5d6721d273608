import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, type Received } from '../../src/message/decode.ts'
import { fileIdOf, jsonMessage, lineMessages, type Made, rawMessage } from '../tools/messages.ts'

const bytes = Buffer.from('one\ntwo\r\n')
const piece = { fileId: fileIdOf(7), filename: '/var/log/a.log', offset: 100, bytes }

const received = ({ value, headers }: Made): Received => ({
  value,
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
})

test('messages of every format are the source bytes that they were made from', () => {
  const claim = { fileId: piece.fileId, filename: piece.filename, offset: 100, length: bytes.length }
  for (const made of [jsonMessage(piece), rawMessage(piece)]) {
    assert.deepEqual(decode(received(made)), {
      kind: 'message',
      message: { ...claim, session: '2026-11-20', charset: undefined, bytes },
    })
  }
  const lines = lineMessages(piece).map((made) => decode(received(made)))
  assert.deepEqual(
    lines.map((verdict) => verdict.kind === 'message' && [verdict.message.offset, String(verdict.message.bytes)]),
    [
      [100, 'one\n'],
      [104, 'two\r\n'],
    ],
  )
  const binary = { ...piece, bytes: Buffer.from([0, 255, 254, 10]) }
  const verdict = decode(received(jsonMessage(binary)))
  assert.deepEqual(verdict.kind === 'message' && verdict.message.bytes, binary.bytes)
})

test('what names no file is foreign', () => {
  const values = ['', 'text', '[1]', 'null', '"file_id"', '{"v":1,"files":[]}', '{"v":1']
  for (const value of values) assert.deepEqual(decode({ value: Buffer.from(value), headers: {} }), { kind: 'foreign' })
  assert.deepEqual(decode({ value: null, headers: { file_id: Buffer.from('x') } }), { kind: 'foreign' })
})

test('a message that is not what it says is damaged, with its claim where that can be read', () => {
  const said: readonly (readonly [Record<string, unknown>, RegExp, boolean])[] = [
    [{ content: 'one\ntwO\r\n' }, /crc32 [0-9a-f]{8}, not "[0-9a-f]{8}" as it says/, true],
    [{ content: 'one\n' }, /it holds 4 bytes, not the 9 that it says/, true],
    [{ crc32: undefined }, /no crc32/, true],
    [{ content: 5 }, /content is 5, not text/, true],
    [{ content: '####', content_encoding: 'base64' }, /no "base64"/, true],
    [{ content_encoding: 'rot13' }, /no "rot13"/, true],
    [{ charset: 'klingon' }, /charset is "klingon"/, true],
    [{ session: 3 }, /session is 3, not text/, true],
    [{ v: 2 }, /envelope version 2/, false],
    [{ file_id: '../../etc/passwd' }, /not 32 hex digits/, false],
    [{ file_id: null }, /file_id is null/, false],
    [{ filename: { path: 'x' } }, /filename is .*, not text/, false],
    [{ offset: -1 }, /offset is -1/, false],
    [{ offset: 1.5 }, /offset is 1.5/, false],
    [{ offset: Number.MAX_SAFE_INTEGER }, /beyond any file/, false],
    [{ length: '0x10' }, /length is "0x10"/, false],
  ]
  for (const [change, reason, hasClaim] of said) {
    const verdict = decode(received(jsonMessage(piece, change)))
    assert.equal(verdict.kind, 'damaged', JSON.stringify(change))
    if (verdict.kind !== 'damaged') continue
    assert.match(verdict.reason, reason)
    assert.equal(verdict.claim !== null, hasClaim, JSON.stringify(change))
  }
})

test('a header that comes twice, or a line whose length fits no line end, is damaged', () => {
  const raw = received(rawMessage(piece))
  const twice = decode({ ...raw, headers: { ...raw.headers, offset: [Buffer.from('1'), Buffer.from('2')] } })
  assert.equal(twice.kind, 'damaged')
  const [line] = lineMessages(piece)
  const longer = decode({ ...received(line as Made), value: Buffer.from('longer than it says') })
  assert.equal(longer.kind, 'damaged')
})
