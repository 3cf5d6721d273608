import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { Discoverer } from '../../src/files/discoverer.ts'
import { type FileStat, systemDisk, witnessOf } from '../../src/files/disk.ts'
import { FolderTimes } from '../../src/files/folder-times.ts'
import { Traces } from '../../src/files/traces.ts'
import { TestDisk } from '../harness/disk.ts'

/** Long after the files' times, so that none of them is too young to be trusted. */
const LATER = 10_000

interface Place {
  readonly folder: string
  readonly disk: TestDisk
  /** Base names of the candidates, and whether the folders were listed for them. */
  readonly look: (at?: { readonly now?: number; readonly monotonic?: number }) => Promise<readonly [string, boolean]>
}

function place(t: TestContext, inputpath: (folder: string) => string): Place {
  const folder = fs.mkdtempSync(join(tmpdir(), 'pannier-discoverer-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const text = `[basic_conf]\ninputpath = ${inputpath(folder)}\n`
  const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'h', cwd: folder })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const { inputs } = loaded.config
  const disk = new TestDisk()
  let lists = 0
  const glob = disk.glob.bind(disk)
  disk.glob = (...args) => {
    lists++
    return glob(...args)
  }
  const discoverer = new Discoverer(disk)
  const look: Place['look'] = async ({ now = Date.now() + LATER, monotonic = now } = {}) => {
    const before = lists
    const { candidates } = await discoverer.look(inputs, [], { now, monotonic })
    return [candidates.map(({ path }) => basename(path)).join(' '), lists > before]
  }
  return { folder, disk, look }
}

const write = (folder: string, name: string): void => fs.writeFileSync(join(folder, name), 'line\n')

test('folders are listed again only when something was added, removed or renamed in one of them', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/**/*.log`)
  fs.mkdirSync(join(folder, 'sub'))
  write(folder, 'a.log')
  assert.deepEqual(await look(), ['a.log', true])
  assert.deepEqual(await look(), ['a.log', false])
  fs.appendFileSync(join(folder, 'a.log'), 'more\n')
  assert.deepEqual(await look(), ['a.log', false])
  write(join(folder, 'sub'), 'b.log')
  assert.deepEqual(await look(), ['a.log b.log', true])
  assert.deepEqual(await look(), ['a.log b.log', false])
  fs.renameSync(join(folder, 'sub'), join(folder, 'other'))
  fs.rmSync(join(folder, 'a.log'))
  assert.deepEqual(await look(), ['b.log', true])
  assert.deepEqual(await look(), ['b.log', false])
})

test('a folder that changed just now is listed again, since its next change may bear the same time', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/*.log`)
  write(folder, 'a.log')
  const changed = Math.floor(fs.statSync(folder).mtimeMs)
  assert.deepEqual(await look({ now: changed + 5 }), ['a.log', true])
  assert.deepEqual(await look({ now: changed + 500 }), ['a.log', true])
  assert.deepEqual(await look({ now: changed + 1_000 }), ['a.log', false])
})

test('a folder that was given its old time back just now is listed again, since that may happen twice within a tick', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/*.log`)
  write(folder, 'a.log')
  fs.utimesSync(folder, 1_000_000.5, 1_000_000.5)
  const changed = Math.floor(fs.statSync(folder).ctimeMs)
  assert.deepEqual(await look({ now: changed + 5 }), ['a.log', true])
  assert.deepEqual(await look({ now: changed + 500 }), ['a.log', true])
  assert.deepEqual(await look({ now: changed + 1_000 }), ['a.log', false])
})

test('where a file system keeps whole seconds, a folder is trusted two of them later', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/*.log`)
  write(folder, 'a.log')
  const second = Math.floor(Date.now() / 1000) - 100
  fs.utimesSync(folder, second, second)
  assert.deepEqual(await look({ now: second * 1000 + 1_500 }), ['a.log', true])
  assert.deepEqual(await look({ now: second * 1000 + 3_000 }), ['a.log', true])
  assert.deepEqual(await look({ now: second * 1000 + 4_000 }), ['a.log', false])
})

test('a clock that was set back makes all folders be listed again', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/*.log`)
  write(folder, 'a.log')
  const now = Date.now() + LATER
  assert.deepEqual(await look({ now, monotonic: 1_000 }), ['a.log', true])
  assert.deepEqual(await look({ now: now + 1_000, monotonic: 2_000 }), ['a.log', false])
  assert.deepEqual(await look({ now: now + 1_000, monotonic: 3_000 }), ['a.log', true])
})

test('a link in a folder that leads to something else from now on is seen', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/logs/**`)
  const elsewhere = fs.mkdtempSync(join(tmpdir(), 'pannier-elsewhere-'))
  t.after(() => fs.rmSync(elsewhere, { recursive: true, force: true }))
  fs.mkdirSync(join(folder, 'logs'))
  fs.mkdirSync(join(elsewhere, 'now'))
  fs.symlinkSync(join(elsewhere, 'now'), join(folder, 'logs', 'link'))
  assert.deepEqual(await look(), ['', true])
  fs.rmdirSync(join(elsewhere, 'now'))
  write(elsewhere, 'now')
  assert.deepEqual(await look(), ['link', true])
  fs.rmSync(join(elsewhere, 'now'))
  fs.mkdirSync(join(elsewhere, 'now'))
  write(join(elsewhere, 'now'), 'b.log')
  assert.deepEqual(await look(), ['b.log', true])
  assert.deepEqual(await look(), ['b.log', false])
  write(join(elsewhere, 'now'), 'c.log')
  assert.deepEqual(await look(), ['b.log c.log', true])
})

test('a folder or a file that is named and comes later is seen', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/later;${at}/one.log`)
  assert.deepEqual(await look(), ['', true])
  assert.deepEqual(await look(), ['', false])
  fs.mkdirSync(join(folder, 'later'))
  write(join(folder, 'later'), 'a.log')
  assert.deepEqual(await look(), ['a.log', true])
  write(folder, 'one.log')
  assert.deepEqual(await look(), ['a.log one.log', true])
  fs.rmSync(join(folder, 'later'), { recursive: true })
  assert.deepEqual(await look(), ['one.log', true])
})

test('a folder is listed again after its rights changed, or another volume was mounted there', async (t) => {
  const { folder, disk, look } = place(t, (at) => `${at}/*.log`)
  write(folder, 'a.log')
  await look()
  assert.deepEqual(await look(), ['a.log', false])
  fs.chmodSync(folder, 0o700)
  fs.chmodSync(folder, 0o755)
  assert.deepEqual(await look(), ['a.log', true])
  assert.deepEqual(await look(), ['a.log', false])
  disk.alter = (stat, path): FileStat => (path === folder ? { ...stat, dev: stat.dev + 1n } : stat)
  assert.deepEqual(await look(), ['a.log', true])
})

test('what cannot be listed is tried again each time', async (t) => {
  const { folder, disk, look } = place(t, (at) => `${at}/*.log`)
  write(folder, 'a.log')
  disk.fault = () => Object.assign(new Error('EACCES'), { code: 'EACCES' })
  assert.deepEqual(await look(), ['', true])
  disk.fault = () => null
  assert.deepEqual(await look(), ['a.log', true])
})

test('the times of folders are believed only where this machine itself keeps them', {
  skip: process.platform !== 'linux' && 'no /proc here',
}, () => {
  const { dev } = fs.statSync('/proc', { bigint: true })
  assert.equal(new FolderTimes().tell('/proc', dev), false)
})

test('the device number of a volume that was taken away vouches for no other file system', {
  skip: process.platform !== 'linux' && 'no /proc here',
}, (t) => {
  const { folder } = place(t, (at) => `${at}/*.log`)
  const stat = systemDisk.peek(folder)
  const isTrusted = (path: string): boolean => {
    const traces = new Traces()
    witnessOf(traces, { peek: () => stat }).folder(path)
    return traces.isReliable(Date.now() + LATER)
  }
  assert.equal(isTrusted(folder), true)
  assert.equal(isTrusted('/proc'), false)
})

test('a backslash in a name is a character of it', async (t) => {
  const { folder, look } = place(t, (at) => `${at}/**;${at}/../${basename(at)}/*.log`)
  fs.mkdirSync(join(folder, 'a\\b'))
  write(join(folder, 'a\\b'), 'c.log')
  write(folder, 'logs\\app.log')
  assert.deepEqual((await look())[0].split(' ').toSorted(), ['c.log', 'logs\\app.log'])
})
