// The agent with each codec, from file to topic and back: nothing is lost, the limit holds, and what is refused is kept as it was.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ratioOf } from '../../src/cli/status-report.ts'
import { CODES, type CodecName } from '../../src/kafka/codecs/codec.ts'
import { codecOf } from '../../src/kafka/codecs/modules.ts'
import { openReader } from '../../src/kafka/reader.ts'
import { BATCH_HEAD, type Batch } from '../../src/message/batch.ts'
import { messagesOf } from '../../src/message/unpack.ts'
import { readState } from '../../src/state/read-state.ts'
import { systemClock } from '../../src/support/clock.ts'
import { openJudge } from '../../tools/oracle/judge.ts'
import { lines } from '../../tools/oracle/lines.ts'
import { type Agent, agentFor } from './agent.ts'
import { type TestTopic, withTopic } from './broker.ts'

const DONE = { bytes: 0, files: 0 }
const names = (Object.keys(CODES) as CodecName[]).filter((name) => name !== 'none')

/** By the reader of `verify` and `restore`: the topic holds these files, each byte once. */
async function assertRestored({ brokers, topic }: TestTopic, agent: Agent, files: readonly string[]): Promise<void> {
  const reader = openReader({ brokers, clientId: 'test', requestTimeout: 10_000 })
  const judge = openJudge()
  try {
    let bytes = 0
    for (const [partition, { start, end }] of await reader.bounds(topic))
      for await (const messages of reader.read(topic, partition, start, end))
        for (const { key, value, offset } of messages) {
          const record = { partition, offset: Number(offset), key: String(key), headers: {}, timestamp: 0 }
          bytes += judge.feed({ ...record, value: value ?? Buffer.alloc(0) }).length
        }
    for (const name of files) assert.notEqual(await judge.identicalTo(agent.path(name)), null, `${name} is not whole`)
    assert.equal(
      bytes,
      files.reduce((sum, name) => sum + readFileSync(agent.path(name)).length, 0),
    )
  } finally {
    await judge.close()
    reader.close()
  }
}

for (const name of names) {
  test(`${name}: what is shipped can be restored, and status tells how much smaller it was sent`, async (t) => {
    const topic = await withTopic(t, { partitions: 2 })
    const agent = agentFor(t, topic)
    agent.write('a.log', lines('a', 0, 4_000, { prose: true }))
    agent.write('b.log', lines('b', 0, 300))
    agent.write('noise.log', Buffer.concat([randomBytes(5_000), Buffer.from('\n')]))
    const settings = `compression = ${name}\n[message_conf]\nmax_message_length = 100000\n`
    const { left, sends } = await agent.ship({ settings })
    assert.deepEqual(left, DONE)
    assert.ok(sends.some(({ codec }) => codec === CODES[name]))
    await assertRestored(topic, agent, ['a.log', 'b.log', 'noise.log'])
    const { session } = await readState(join(agent.folder, 'state'), systemClock)
    const packed = session?.current.packed
    assert.ok(packed !== undefined)
    assert.equal(
      packed.sent,
      sends.reduce((sum, { bytes }) => sum + bytes, 0),
    )
    assert.ok(ratioOf(packed) > 1.5, `${ratioOf(packed)} : 1`)
    assert.equal((await agent.ship({ settings })).sends.length, 0)
  })
}

for (const name of names)
  test(`${name}: what the broker itself compressed, as its Java library does, is read back`, async (t) => {
    const topic = await withTopic(t, { configs: { 'compression.type': name } })
    const agent = agentFor(t, topic)
    agent.write('a.log', lines('a', 0, 4_000, { prose: true }))
    const { left, sends } = await agent.ship()
    assert.deepEqual(left, DONE)
    assert.ok(sends.every(({ codec }) => codec === CODES.none))
    await assertRestored(topic, agent, ['a.log'])
  })

test('what the broker finds too large although it was compressed is cut smaller', async (t) => {
  const limit = 20_000
  const topic = await withTopic(t, { configs: { 'max.message.bytes': String(limit) } })
  const agent = agentFor(t, topic)
  agent.write('a.log', lines('a', 0, 3_000, { prose: true }))
  const { left, sends } = await agent.ship({
    settings: 'compression = lz4\n[message_conf]\nmax_message_length = 150000\n',
  })
  assert.deepEqual(left, DONE)
  const [first] = sends
  assert.ok(
    first !== undefined && first.outcome.kind === 'too_large' && first.codec === CODES.lz4 && first.bytes > limit,
  )
  for (const { outcome, bytes } of sends) assert.equal(outcome.kind === 'acked', bytes <= limit, `${bytes}`)
  await assertRestored(topic, agent, ['a.log'])
})

test('a dead letter holds the message as it was before it was compressed', async (t) => {
  const topic = await withTopic(t)
  const agent = agentFor(t, topic)
  // Alone in its batch.
  agent.write('bad.log', 'POISON\n'.repeat(100))
  const before = (batch: Batch): void => {
    // What the broker finds wrong: another number of records than there are.
    if (laidOut(batch).includes('POISON')) batch.records++
  }
  const { left, sends, events } = await agent.ship({ settings: 'compression = zstd\n', before })
  assert.deepEqual(left, DONE)
  assert.ok(sends.some(({ codec, outcome }) => codec === CODES.zstd && outcome.kind === 'invalid'))
  assert.equal(events.filter(({ name }) => name === 'dead_letter').length, 1)
  const [letter] = readFileSync(join(agent.folder, 'state', 'dead-letters.jsonl'), 'utf8')
    .trim()
    .split('\n')
  const { messages } = JSON.parse(letter ?? '') as { messages: string[] }
  const { content } = JSON.parse(Buffer.from(messages[0] ?? '', 'base64').toString()) as { content: string }
  assert.equal(content, 'POISON\n'.repeat(100))
  agent.write('good.log', lines('good', 0, 50, { prose: true }))
  assert.deepEqual((await agent.ship({ settings: 'compression = zstd\n', before })).left, DONE)
  await assertRestored(topic, agent, ['good.log'])
})

function laidOut(batch: Batch): string {
  const records = batch.slab.bytes.subarray(BATCH_HEAD, batch.end)
  const plain = batch.codec === 0 ? records : codecOf('zstd').decompress(records)
  const bytes = Buffer.concat([Buffer.alloc(BATCH_HEAD), plain])
  return messagesOf({ ...batch, slab: { bytes }, end: bytes.length })
    .map(({ value }) => String(value))
    .join()
}
