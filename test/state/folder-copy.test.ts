import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { copyOfStateFolder } from '../../src/state/folder-copy.ts'

function folderOf(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'pannier-copy-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('all that is written to the copy is read from it, and none of it is on the disk', async (t) => {
  const path = folderOf(t)
  writeFileSync(join(path, 'births'), 'old')
  writeFileSync(join(path, 'gone'), 'x')
  mkdirSync(join(path, 'sessions'))
  writeFileSync(join(path, 'sessions', 'one.json'), '{}')
  const copy = copyOfStateFolder(path)
  const file = await copy.openAppend('births')
  assert.equal(file.size, 3)
  await file.append(Buffer.from(' new'))
  assert.equal(file.size, 7)
  await copy.replace('checkpoint.next', Buffer.from('c'))
  await copy.rename('checkpoint.next', 'checkpoint')
  await copy.remove('gone')
  assert.equal(String(await copy.read('births')), 'old new')
  assert.equal(String(await copy.read('checkpoint')), 'c')
  assert.equal(await copy.read('gone'), null)
  assert.deepEqual(await copy.list(), ['births', 'checkpoint', 'sessions/one.json'])
  assert.equal(readFileSync(join(path, 'births'), 'utf8'), 'old')
  assert.deepEqual(readdirSync(path).toSorted(), ['births', 'gone', 'sessions'])
})

test('the copy of a folder that is not there is empty, and makes none', async (t) => {
  const path = join(folderOf(t), 'state')
  const copy = copyOfStateFolder(path)
  assert.deepEqual(await copy.list(), [])
  assert.equal(await copy.read('births'), null)
  await (await copy.openAppend('births')).append(Buffer.from('x'))
  assert.equal(existsSync(path), false)
})
