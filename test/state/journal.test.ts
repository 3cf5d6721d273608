import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { openStateFolder } from '../../src/state/folder.ts'
import { openJournal } from '../../src/state/journal.ts'
import { PannierError } from '../../src/support/errors.ts'
import { type Entry, openState } from './journal-model.ts'
import { type Disk, MemoryFolder } from './memory-folder.ts'

const code = (expected: string) => (error: unknown) => error instanceof PannierError && error.code === expected
const emptyDisk = (): Disk => new Map()

async function temporaryFolder(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'pannier-journal-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return openStateFolder(dir)
}

test('a new journal has no state and leaves the disk alone until its first commit', async () => {
  const folder = new MemoryFolder(emptyDisk())
  const { recovery, state, journal } = await openState(folder)
  assert.deepEqual(recovery, { source: 'new', damaged: [], tornTail: false, lostCommits: 'none', commits: 0 })
  assert.deepEqual(state(), {})
  await journal.commit([])
  assert.equal(folder.steps, 0)
})

test('what was committed is there, in order, when it is opened again', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openState(folder)
  await first.put({ key: 'a', value: 1 }, { key: 'b', value: 2 })
  await first.put({ key: 'a', value: 3 })
  await first.journal.close()
  const second = await openState(folder)
  assert.deepEqual(second.state(), { a: 3, b: 2 })
  assert.equal(second.recovery.source, 'current')
  await second.put({ key: 'c', value: 4 })
  await second.journal.close()
  const third = await openState(folder)
  assert.deepEqual(third.state(), { a: 3, b: 2, c: 4 })
  assert.equal(third.journal.generation, 1)
  assert.deepEqual(await folder.list(), ['checkpoint'])
})

test('a compaction keeps the state, the previous generation and the commits that follow', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await openState(folder)
  for (let value = 1; value <= 20; value += 1) await first.put({ key: 'a', value })
  const before = first.journal.size
  await first.journal.compact()
  assert.ok(first.journal.size < before)
  assert.equal(first.journal.generation, 2)
  await first.put({ key: 'b', value: 1 })
  await first.journal.close()
  const second = await openState(folder)
  assert.deepEqual(second.state(), { a: 20, b: 1 })
  assert.equal(second.journal.generation, 2)
  assert.deepEqual(await folder.list(), ['checkpoint', 'checkpoint.previous'])
})

test('compaction writes the records it is given', async () => {
  const disk = emptyDisk()
  const { journal, put } = await openState(new MemoryFolder(disk))
  await put({ key: 'forgotten', value: 1 })
  await journal.compact([{ key: 'kept', value: 2 }])
  assert.deepEqual((await openState(new MemoryFolder(disk))).state(), { kept: 2 })
})

test('every line is a checksum, a space and JSON: header first, a commit behind its records', async () => {
  const disk = emptyDisk()
  const { put } = await openState(new MemoryFolder(disk))
  await put({ key: 'naïve 日志 \n', value: 1 })
  await put({ key: 'b', value: 2 }, { key: 'c', value: 3 })
  const lines = String(disk.get('checkpoint')).trimEnd().split('\n')
  for (const line of lines) assert.equal(line.slice(0, 9), `${crc32(line.slice(9)).toString(16).padStart(8, '0')} `)
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line.slice(9))),
    [
      { format: 'pannier-test', version: 1, generation: 1 },
      { commit: 1 },
      { key: 'naïve 日志 \n', value: 1 },
      { commit: 2 },
      { key: 'b', value: 2 },
      { key: 'c', value: 3 },
      { commit: 3 },
    ],
  )
})

test('a commit is one append, as large as its records, whatever the number of live ones', async () => {
  const folder = new MemoryFolder(emptyDisk())
  const { put } = await openState(folder)
  await put(...Array.from({ length: 5000 }, (_, index) => ({ key: `file-${index}`, value: index })))
  const { appends, steps } = folder
  const before = appends.length
  await put({ key: 'file-7', value: 8 })
  await put({ key: 'file-7', value: 9 })
  assert.equal(appends.length - before, 2)
  assert.ok((appends.at(-1) ?? 0) < 100)
  assert.equal(folder.steps - steps, 3, 'the file is opened once, then only appended to')
})

function* manyFiles(): Generator<Entry> {
  for (let value = 0; value < 100_000; value += 1) yield { key: `/var/log/app/service-${value}.log`, value }
}

test('a large snapshot is written in pieces, not as one', async () => {
  const disk = emptyDisk()
  const folder = new MemoryFolder(disk)
  const { journal } = await openState(folder)
  await journal.compact(manyFiles())
  assert.ok(folder.appends.length >= 5)
  assert.ok(Math.max(...folder.appends) < 1.1 * 1024 * 1024)
  assert.equal(Object.keys((await openState(new MemoryFolder(disk))).state()).length, 100_000)
})

test('a commit of many records is made and written in pieces, and cut anywhere between them it never happened', async () => {
  const disk = emptyDisk()
  const folder = new MemoryFolder(disk)
  const { journal, put } = await openState(folder)
  await put({ key: 'before', value: 1 })
  const before = folder.appends.length
  await journal.commit(manyFiles())
  const pieces = folder.appends.slice(before)
  assert.ok(pieces.length >= 5 && Math.max(...pieces) < 1.1 * 1024 * 1024)
  assert.equal(Object.keys((await openState(new MemoryFolder(disk))).state()).length, 100_001)

  const whole = disk.get('checkpoint') ?? Buffer.alloc(0)
  let length = whole.length - pieces.reduce((sum, one) => sum + one, 0)
  for (const piece of pieces) {
    const cut = await openState(new MemoryFolder(new Map([['checkpoint', whole.subarray(0, length)]])))
    assert.deepEqual([cut.state(), cut.recovery.lostCommits], [{ before: 1 }, 'none'])
    length += piece
  }
})

test('a commit that fails between two pieces is made again as a whole', async () => {
  const disk = emptyDisk()
  const { put } = await openState(new MemoryFolder(disk))
  await put({ key: 'before', value: 1 })
  const again = await openState(new MemoryFolder(disk, { step: 4, reach: 'half', kind: 'full' }))
  await assert.rejects(again.journal.commit(manyFiles()), code('STATE_DISK_FULL'))
  await again.journal.commit(manyFiles())
  const { state, recovery } = await openState(new MemoryFolder(disk))
  assert.deepEqual([Object.keys(state()).length, recovery.damaged], [100_001, []])
})

test('commits that are asked for at once are made one after the other', async () => {
  const disk = emptyDisk()
  const { put } = await openState(new MemoryFolder(disk))
  await Promise.all(Array.from({ length: 20 }, (_, value) => put({ key: 'a', value })))
  const { state, recovery } = await openState(new MemoryFolder(disk))
  assert.deepEqual(state(), { a: 19 })
  assert.equal(recovery.damaged.length, 0)
})

test('compaction is due once the appended part is beyond 4 MiB and the live state', async () => {
  const disk = emptyDisk()
  const first = await openState(new MemoryFolder(disk))
  const bulk = Array.from({ length: 50_000 }, (_, value) => ({ key: `key-${value % 10}-${'x'.repeat(100)}`, value }))
  await first.put({ key: 'a', value: 1 })
  assert.equal(first.journal.shouldCompact(100), false)
  await first.put(...bulk)
  for (const { journal } of [first, await openState(new MemoryFolder(disk))]) {
    assert.equal(journal.shouldCompact(1000), true)
    assert.equal(journal.shouldCompact(journal.size), false)
  }
  await first.journal.compact()
  assert.equal(first.journal.shouldCompact(1000), false)
})

test('a record that cannot be told from a commit, or is no JSON, is refused before anything is written', async () => {
  const folder = new MemoryFolder(emptyDisk())
  const options = { name: 'x', format: 'x', version: 1, snapshot: () => [] }
  const { journal } = await openJournal<unknown>(
    folder,
    options,
    () => undefined,
    () => undefined,
  )
  await assert.rejects(journal.commit([{ commit: 5 }]), code('STATE_RECORD'))
  await assert.rejects(journal.commit([undefined]), code('STATE_RECORD'))
  assert.equal(folder.steps, 0)
})

test('a closed journal takes no commits', async () => {
  const { journal, put } = await openState(new MemoryFolder(emptyDisk()))
  await put({ key: 'a', value: 1 })
  await journal.close()
  await assert.rejects(put({ key: 'a', value: 2 }), code('STATE_CLOSED'))
})

test('the state of a newer Pannier is refused with a hint and left as it is', async () => {
  const disk = emptyDisk()
  const newer = await openState(new MemoryFolder(disk), { version: 2 })
  await newer.put({ key: 'a', value: 1 })
  const folder = new MemoryFolder(disk)
  await assert.rejects(openState(folder), { code: 'STATE_VERSION', message: /checkpoint has format version 2/ })
  assert.equal(folder.steps, 0)
})

test('a newer previous generation is refused as well, when the current one is damaged', async () => {
  const disk = emptyDisk()
  const newer = await openState(new MemoryFolder(disk), { version: 2 })
  await newer.put({ key: 'a', value: 1 })
  await newer.journal.compact()
  disk.set('checkpoint', Buffer.from('garbage'))
  const folder = new MemoryFolder(disk)
  await assert.rejects(openState(folder), code('STATE_VERSION'))
  assert.equal(folder.steps, 0)
})

test('the state of an older Pannier is read, and the first commit begins a generation of the new version', async () => {
  const disk = emptyDisk()
  await (await openState(new MemoryFolder(disk))).put({ key: 'a', value: 1 })
  const newer = await openState(new MemoryFolder(disk), { version: 2 })
  assert.deepEqual(newer.state(), { a: 1 })
  await newer.put({ key: 'b', value: 2 })
  assert.match(String(disk.get('checkpoint')), /"version":2,"generation":2/)
  assert.deepEqual((await openState(new MemoryFolder(disk), { version: 2 })).state(), { a: 1, b: 2 })
})
