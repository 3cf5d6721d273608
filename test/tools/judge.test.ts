import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Judge, openJudge } from '../../tools/oracle/judge.ts'
import { lineBytes, lines } from '../../tools/oracle/lines.ts'
import { fileIdOf, jsonMessage, lineMessages, rawMessage } from './messages.ts'

const file = { fileId: fileIdOf(1), filename: '/logs/a.log' }

test('a stream without fault is exact and rebuilds the file', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 30, { invalidEvery: 7 })
  for (const from of [0, 10, 20]) judge.feed(jsonMessage(piece(source, from, from + 10)))
  assert.deepEqual(await judge.report({ a: 30 }), [report('a', { expected: 30, seen: 30 })])
  assert.equal(await judge.bytesEqual(file.fileId, onDisk(t, source)), true)
  assert.equal(await judge.identicalTo(onDisk(t, source)), file.fileId)
})

test('a lost message shows as lost lines, and the file is not identical', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 30)
  judge.feed(rawMessage(piece(source, 0, 10)))
  judge.feed(rawMessage(piece(source, 20, 30)))
  assert.deepEqual(await judge.report({ a: 30 }), [report('a', { expected: 30, seen: 20, lost: 10, exact: false })])
  assert.equal(await judge.identicalTo(onDisk(t, source)), null)
})

test('a message that is sent again, cut elsewhere, is counted and then removed', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 30)
  judge.feed(jsonMessage(piece(source, 0, 10)))
  judge.feed(jsonMessage(piece(source, 10, 20)))
  judge.feed(jsonMessage(piece(source, 5, 30)))
  assert.deepEqual(await judge.report({ a: 30 }), [report('a', { expected: 30, seen: 30, duplicated: 15 })])
  assert.equal(await judge.bytesEqual(file.fileId, onDisk(t, source)), true)
})

test('first copies that come late are out of order, although the rebuilt file is right', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 30)
  judge.feed(jsonMessage(piece(source, 10, 30)))
  judge.feed(jsonMessage(piece(source, 0, 10)))
  assert.deepEqual(await judge.report({ a: 30 }), [report('a', { expected: 30, seen: 30, outOfOrder: 10 })])
  assert.equal(await judge.bytesEqual(file.fileId, onDisk(t, source)), true)
})

test('the same lines under a second file id are duplicates that no range can remove', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 10)
  judge.feed(jsonMessage(piece(source, 0, 10)))
  judge.feed(jsonMessage({ ...piece(source, 0, 10), fileId: fileIdOf(2) }))
  assert.deepEqual(await judge.report({ a: 10 }), [
    report('a', { seen: 10, expected: 10, duplicated: 10, exact: false }),
  ])
})

test('lines that stand in the wrong order inside a file are not exact', async (t) => {
  const judge = judgeFor(t)
  const source = Buffer.concat([lines('a', 5, 5), lines('a', 0, 5)])
  judge.feed(jsonMessage(piece(source, 0, 10)))
  const [first] = await judge.report({ a: 10 })
  assert.deepEqual([first?.lost, first?.outOfOrder, first?.exact], [0, 5, false])
})

test('numbers go on from a rotated file to its successor', async (t) => {
  const judge = judgeFor(t)
  judge.feed(jsonMessage(piece(lines('a', 0, 10), 0, 10)))
  judge.feed(jsonMessage({ ...piece(lines('a', 10, 10), 0, 10), fileId: fileIdOf(2) }))
  assert.deepEqual(await judge.report({ a: 20 }), [report('a', { expected: 20, seen: 20 })])
})

test('a line in parts is one line', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 3)
  for (const [start, end] of [
    [0, 5],
    [5, 200],
    [200, 330],
    [330, 510],
  ] as const) {
    judge.feed(rawMessage({ ...file, offset: start, bytes: source.subarray(start, end) }, { part: 0, last: false }))
  }
  assert.deepEqual(await judge.report({ a: 3 }), [report('a', { expected: 3, seen: 3 })])
  assert.equal(judge.unreadable(), 0)
})

test('one record for each line rebuilds the file too', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 50, { invalidEvery: 3 })
  for (const message of lineMessages(piece(source, 0, 50))) judge.feed(message)
  assert.deepEqual(await judge.report({ a: 50 }), [report('a', { expected: 50, seen: 50 })])
  assert.equal(await judge.bytesEqual(file.fileId, onDisk(t, source)), true)
})

test('a tag that never came is all lost, and a changed byte is not identical', async (t) => {
  const judge = judgeFor(t)
  const source = lines('a', 0, 2)
  judge.feed(rawMessage(piece(source, 0, 2)))
  const [, missing] = await judge.report({ a: 2, b: 4 })
  assert.deepEqual(missing, report('b', { expected: 4, seen: 0, lost: 4, exact: false }))
  const changed = Buffer.from(source)
  changed[100] = 0x2d
  assert.equal(await judge.bytesEqual(file.fileId, onDisk(t, changed)), false)
})

function piece(source: Buffer, from: number, to: number) {
  const offset = from * lineBytes
  return { ...file, offset, bytes: source.subarray(offset, to * lineBytes) }
}

function report(tag: string, counts: Record<string, number | boolean>) {
  return { tag, expected: 0, seen: 0, lost: 0, duplicated: 0, outOfOrder: 0, unexpected: 0, exact: true, ...counts }
}

function judgeFor(t: TestContext): Judge {
  const judge = openJudge()
  t.after(() => judge.close())
  return judge
}

function onDisk(t: TestContext, bytes: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'source'), bytes)
  return join(folder, 'source')
}
