import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Manifest } from '../../src/state/manifest.ts'
import { startAgent } from '../harness/agent.ts'

test('a manifest says what the broker holds: ranges, bytes, lines, messages, crc32, first and last offset', async (t) => {
  const agent = await startAgent(
    t,
    { message_conf: { max_message_length: '4KiB' } },
    Date.parse('2026-11-20T23:00:00Z'),
  )
  agent.broker.partitions = 3
  for (let round = 0; round < 5; round++) {
    for (const name of ['a.log', 'b.log', 'c.log']) agent.append(name, `${name} ${'é'.repeat(round * 40)}\n`.repeat(20))
    await agent.shipAfter(1_000)
  }
  agent.append('a.log', `${'long '.repeat(3_000)}\n`)
  await agent.ship()
  agent.clock.wall = Date.parse('2026-11-21T00:00:01Z')
  for (const name of ['a.log', 'b.log']) agent.append(name, 'the next day\n')
  await agent.ship()
  await agent.round()
  const manifest = JSON.parse(String(agent.state.disk.get('manifests/2026-11-20.json'))) as Manifest
  assert.deepEqual([manifest.v, manifest.host, manifest.session], [1, 'host-1', '2026-11-20'])
  assert.deepEqual([manifest.opened, manifest.closed], ['2026-11-20T23:00:00.000Z', '2026-11-21T00:00:01.000Z'])
  assert.equal(manifest.files.length, 3)
  for (const file of manifest.files) {
    const held = agent.held.find(({ fileId }) => fileId === file.file_id)
    const theirs = held?.messages.filter(({ session }) => session === '2026-11-20') ?? []
    const records = agent.broker.taken.filter(
      ({ value }) => value.includes(file.file_id) && value.includes('"session":"2026-11-20"'),
    )
    const end = theirs.reduce((sum, { length }) => sum + length, 0)
    const bytes = held?.bytes.subarray(0, end) ?? Buffer.alloc(0)
    assert.deepEqual(file, {
      file_id: file.file_id,
      filename: held?.filename,
      ranges: [[0, end]],
      bytes: end,
      lines: bytes.toString('latin1').split('\n').length - 1,
      messages: theirs.length,
      crc32: crc32(bytes).toString(16).padStart(8, '0'),
      filtered: 0,
      dead_lettered: 0,
      abandoned: 0,
      topic: 'logs',
      partition: records[0]?.partition,
      first: records[0]?.offset,
      last: records.at(-1)?.offset,
    })
  }
})

test('a manifest names what was filtered, abandoned and dead-lettered', async (t) => {
  const agent = await startAgent(t, { basic_conf: { start_at: 'end' } }, Date.parse('2026-11-20T23:00:00Z'))
  agent.append('filtered.log', 'left out\n')
  await agent.round()
  agent.append('abandoned.log', 'one\nunfin')
  await agent.ship()
  agent.truncate('abandoned.log')
  agent.append('dead.log', 'poison\n')
  agent.broker.verdict = () => 'invalid'
  await agent.rounds(3)
  agent.broker.verdict = () => 'ack'
  agent.clock.wall = Date.parse('2026-11-21T00:00:01Z')
  await agent.rounds(2)
  const manifest = JSON.parse(String(agent.state.disk.get('manifests/2026-11-20.json'))) as Manifest
  const rows = manifest.files.map(({ filename, bytes, filtered, abandoned, dead_lettered }) => [
    filename.slice(agent.folder.length + 1),
    bytes,
    filtered,
    abandoned,
    dead_lettered,
  ])
  assert.deepEqual(rows, [
    ['filtered.log', 0, 9, 0, 0],
    ['abandoned.log', 4, 0, 5, 0],
    ['dead.log', 0, 0, 0, 7],
  ])
})

test('only the newest keep_sessions manifests are kept', async (t) => {
  const agent = await startAgent(t, { session_conf: { keep_sessions: 3, timezone: 'UTC' } })
  for (let day = 0; day < 8; day++) {
    agent.append('a.log', `${day}\n`)
    await agent.shipAfter(86_400_000)
  }
  await agent.round()
  const kept = [...agent.state.disk.keys()].filter((name) => name.startsWith('manifests/')).toSorted()
  assert.deepEqual(
    kept,
    ['2026-11-25', '2026-11-26', '2026-11-27'].map((day) => `manifests/${day}.json`),
  )
})
