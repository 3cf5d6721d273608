import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStateFolder } from '../../src/state/folder.ts'
import { folderFault } from '../../src/state/folder-fault.ts'
import { PannierError } from '../../src/support/errors.ts'

async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pannier-folder-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const code = (expected: string) => (error: unknown) => error instanceof PannierError && error.code === expected

test('a missing state directory is created with its parents, and only its owner may look into it', async (t) => {
  const path = join(await temporaryFolder(t), 'a', 'b')
  const folder = await openStateFolder(path)
  assert.equal(folder.path, path)
  assert.equal((await stat(path)).mode & 0o777, 0o700)
  assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o777 & ~process.umask())
})

test('the mode of a state directory that is already there is left alone', async (t) => {
  const path = await temporaryFolder(t)
  await chmod(path, 0o750)
  await openStateFolder(path)
  assert.equal((await stat(path)).mode & 0o777, 0o750)
})

test('a file where the state directory should be is refused by name', async (t) => {
  const path = join(await temporaryFolder(t), 'state')
  await writeFile(path, 'x')
  await assert.rejects(
    openStateFolder(path),
    (error) => code('STATE_FOLDER')(error) && String(error).includes(`state_dir = ${path}`),
  )
})

test('an absent file reads as null, a replaced one as its last content', async (t) => {
  const folder = await openStateFolder(await temporaryFolder(t))
  assert.equal(await folder.read('a'), null)
  await folder.replace('a', Buffer.from('one, and longer'))
  await folder.replace('a', Buffer.from('two'))
  assert.equal(String(await folder.read('a')), 'two')
})

test('files of one sub-folder level are listed with it, unfinished replacements are not', async (t) => {
  const path = await temporaryFolder(t)
  const folder = await openStateFolder(path)
  await folder.replace('manifests/2026-11-20.json', Buffer.from('{}'))
  await folder.replace('checkpoint', Buffer.from(''))
  await writeFile(join(path, 'checkpoint.unfinished'), 'half')
  assert.deepEqual(await folder.list(), ['checkpoint', 'manifests/2026-11-20.json'])
})

test('a replacement that fails leaves the old content and nothing else', async (t) => {
  const path = await temporaryFolder(t)
  const folder = await openStateFolder(path)
  await mkdir(join(path, 'a'))
  await assert.rejects(folder.replace('a', Buffer.from('x')), code('STATE_FOLDER'))
  assert.deepEqual(await readdir(path), ['a'])
})

test('a file moves into a sub-folder that was not there', async (t) => {
  const folder = await openStateFolder(await temporaryFolder(t))
  await folder.replace('a', Buffer.from('x'))
  await folder.rename('a', 'quarantine/a')
  assert.deepEqual(await folder.list(), ['quarantine/a'])
})

test('removing what is absent is no error', async (t) => {
  const folder = await openStateFolder(await temporaryFolder(t))
  await folder.replace('a', Buffer.from('x'))
  await folder.remove('a')
  await folder.remove('a')
  assert.deepEqual(await folder.list(), [])
})

test('appending goes on where the file ended', async (t) => {
  const folder = await openStateFolder(await temporaryFolder(t))
  const first = await folder.openAppend('a')
  await first.append(Buffer.from('one '))
  await first.close()
  const second = await folder.openAppend('a')
  assert.equal(second.size, 4)
  await second.append(Buffer.from('two'))
  assert.equal(second.size, 7)
  await second.close()
  assert.equal(String(await folder.read('a')), 'one two')
})

test('after a failed append the size is unchanged and the file is not used again', async (t) => {
  const folder = await openStateFolder(await temporaryFolder(t))
  const file = await folder.openAppend('a')
  await file.append(Buffer.from('one'))
  await file.close()
  await assert.rejects(file.append(Buffer.from('two')), code('STATE_FOLDER'))
  await assert.rejects(file.append(Buffer.from('two')), code('STATE_TORN'))
  assert.equal(file.size, 3)
})

test('no name leaves the state directory or goes deeper than one folder', async (t) => {
  const folder = await openStateFolder(await temporaryFolder(t))
  for (const name of ['../a', '/a', 'a/b/c', '', '.', '..', 'a/..', './a', 'a/', 'a\0b']) {
    await assert.rejects(folder.read(name), code('STATE_NAME'), JSON.stringify(name))
  }
})

test('what a full, read-only or failing disk says is retriable, and tells what, where and what to do', () => {
  const codes = { ENOSPC: 'STATE_DISK_FULL', EDQUOT: 'STATE_DISK_FULL', EROFS: 'STATE_READ_ONLY', EIO: 'STATE_IO' }
  for (const [system, expected] of Object.entries(codes)) {
    const fault = folderFault('append to', '/s/checkpoint', Object.assign(new Error('x'), { code: system }))
    assert.equal(fault.code, expected)
    assert.equal(fault.retriable, true)
    assert.match(fault.message, new RegExp(`cannot append to /s/checkpoint .*${system}`))
    assert.notEqual(fault.hint, null)
  }
})

test('a missing right is not retriable, an unknown failure keeps its own words', () => {
  assert.equal(folderFault('read', '/s', Object.assign(new Error('x'), { code: 'EACCES' })).retriable, false)
  assert.match(folderFault('read', '/s', new Error('odd thing')).message, /odd thing/)
})
