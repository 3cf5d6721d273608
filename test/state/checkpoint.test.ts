import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readBirth } from '../../src/state/birth-record.ts'
import { Checkpoint } from '../../src/state/checkpoint.ts'
import { type FileRecord, fromRecord, toRecord } from '../../src/state/file-record.ts'
import { openStateFolder } from '../../src/state/folder.ts'
import { startAgent } from '../harness/agent.ts'

const asJson = (record: FileRecord): FileRecord => JSON.parse(JSON.stringify(record)) as FileRecord

test('a file comes back from its record as it went in', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB' } })
  agent.append('a.log', `one\n${'x'.repeat(9_000)}`)
  await agent.ship()
  const file = agent.file('a.log')
  assert.ok(file.settled.carry !== null && file.settled.mark.length > 0)
  const record = asJson(toRecord(file))
  assert.deepEqual(asJson(toRecord(fromRecord(record, readBirth(record.birth)))), record)
})

test('a record of the first version, which left nothing out, is read as what it says', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  const record = asJson(toRecord(agent.file('a.log')))
  const { birth } = record
  const none = { filtered: 0, dead_lettered: 0, abandoned: 0 }
  const first: FileRecord = {
    ...record,
    path: birth.path,
    dev: birth.dev,
    ino: birth.ino,
    born: birth.born,
    head: [birth.head.length, birth.head.hash],
    carry: null,
    totals: { shipped: 4, ...none },
    sessions: (record.sessions ?? []).map((book) => ({ ...none, ...book })),
    misses: 0,
    cutOff: 0,
  }
  assert.deepEqual(asJson(toRecord(fromRecord(first, readBirth(birth)))), record)
})

test('a commit that fails leaves the files to be written again', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.state.full = true
  await agent.round()
  assert.equal(agent.file('a.log').dirty, true)
  agent.state.full = false
  await agent.shipAfter(5_000)
  await agent.crash()
  assert.equal(agent.file('a.log').settled.offset, 8)
})

test('what was committed to a real folder is loaded again, and a forgotten file is not', async (t) => {
  const agent = await startAgent(t)
  for (const name of ['a.log', 'b.log']) agent.append(name, `${name}\n`)
  await agent.ship()
  const path = await mkdtemp(join(tmpdir(), 'pannier-checkpoint-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  const live = { files: () => agent.files, session: () => agent.parts.sessions.record, looked: () => null }
  const first = await Checkpoint.open(await openStateFolder(path), live)
  await first.checkpoint.commit(agent.files, agent.parts.sessions.record)
  await first.checkpoint.commit([], null, [agent.file('a.log').id])
  await first.checkpoint.close()
  const { loaded, checkpoint } = await Checkpoint.open(await openStateFolder(path), live)
  await checkpoint.close()
  assert.deepEqual([...loaded.files.keys()], [agent.file('b.log').id])
  assert.deepEqual(loaded.session, agent.parts.sessions.record)
})

test('a file keeps its partition where its birth is of an older generation, which did not know it', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  const { birth } = agent.file('a.log')
  const path = await mkdtemp(join(tmpdir(), 'pannier-checkpoint-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  const live = { files: () => agent.files, session: () => agent.parts.sessions.record, looked: () => null }
  const first = await Checkpoint.open(await openStateFolder(path), live)
  await first.checkpoint.commit(agent.files, null)
  await first.checkpoint.close()
  const older = { ...birth, partition: null }
  const { loaded, checkpoint } = await Checkpoint.open(await openStateFolder(path), live, () => older)
  await checkpoint.close()
  assert.notEqual(birth.partition, null)
  assert.equal(loaded.files.get(birth.id)?.birth.partition, birth.partition)
})
