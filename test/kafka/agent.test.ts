// The agent from file to topic: what the adapter's guards mean for bytes.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { messagesOf } from '../../src/message/unpack.ts'
import { readTopic, type TopicRecord } from '../../tools/oracle/read-topic.ts'
import { type Agent, agentFor, type Shipment } from './agent.ts'
import { type TestTopic, withTopic } from './broker.ts'
import { assertHolds } from './holds.ts'

const DONE = { bytes: 0, files: 0 }

async function recordsIn({ brokers, topic }: TestTopic): Promise<TopicRecord[]> {
  const records: TopicRecord[] = []
  for await (const record of readTopic(brokers, topic)) records.push(record)
  return records
}

const lines = (count: number, tag: string): string =>
  Array.from({ length: count }, (_, index) => `${tag} ${index} ${'x'.repeat(index % 150)}\n`).join('')

const kindsOf = ({ sends }: Shipment): string[] => sends.map(({ outcome }) => outcome.kind)

for (const format of ['json', 'raw', 'line']) {
  test(`${format}: batches of many files fill the limit of the topic and never exceed it`, async (t) => {
    const limit = 20_000
    const topic = await withTopic(t, { configs: { 'max.message.bytes': String(limit) } })
    const agent = agentFor(t, topic)
    const names = Array.from({ length: 40 }, (_, index) => `app-${index}.log`)
    for (const [index, name] of names.entries()) agent.write(name, lines(index * 20 + 1, name))
    const shipment = await agent.ship({ settings: `[message_conf]\nformat = ${format}\n` })
    assert.deepEqual(shipment.left, DONE)
    assert.deepEqual([...new Set(kindsOf(shipment))], ['acked'])
    const largest = Math.max(...shipment.sends.map(({ bytes }) => bytes))
    assert.ok(largest <= limit && largest > limit * 0.9, `the largest batch has ${largest} bytes`)
    await assertHolds(topic, agent, names)
  })
}

test('what the topic finds too large is cut smaller, and the limit that was learned is kept', async (t) => {
  const topic = await withTopic(t, { configs: { 'max.message.bytes': '9000' } })
  const agent = agentFor(t, topic)
  agent.write('app.log', `${lines(500, 'app')}${'y'.repeat(30_000)}\n`)
  const shipment = await agent.ship({ settings: '[message_conf]\nmax_message_length = 40000\n' })
  assert.deepEqual(shipment.left, DONE)
  // 40,000 -> 20,000 -> 10,000 -> 5,000, and from then on no more.
  const kinds = kindsOf(shipment)
  assert.equal(kinds.filter((kind) => kind === 'too_large').length, 3, kinds.join())
  assert.equal(kinds.lastIndexOf('too_large'), 2)
  assert.deepEqual(
    shipment.events.filter(({ name }) => name === 'dead_letter' || name === 'kafka_degraded'),
    [],
  )
  await assertHolds(topic, agent, ['app.log'])
})

test('an invalid record is a dead letter, and everything around it is delivered', async (t) => {
  const topic = await withTopic(t)
  const agent = agentFor(t, topic)
  const names = ['a.log', 'bad.log', 'c.log']
  for (const name of names) agent.write(name, lines(5, name))
  const isBad = (value: Buffer): boolean => value.includes('bad.log')
  const shipment = await agent.ship({
    before: (batch) => {
      // A head that counts a record too many is what the broker answers with INVALID_RECORD.
      if (messagesOf(batch).some(({ value }) => isBad(value))) batch.records++
    },
  })
  assert.deepEqual(shipment.left, DONE)
  const letters = shipment.events.filter((event) => event.name === 'dead_letter')
  assert.deepEqual(
    letters.map(({ filename, offset, length }) => [filename, offset, length]),
    [[agent.path('bad.log'), 0, lines(5, 'bad.log').length]],
  )
  const [buried, ...more] = readFileSync(join(agent.folder, 'state', 'dead-letters.jsonl'), 'utf8')
    .trim()
    .split('\n')
  assert.equal(more.length, 0)
  const { reason, messages } = JSON.parse(String(buried)) as { reason: string; messages: string[] }
  assert.match(reason, /^INVALID_RECORD: /)
  const envelope = JSON.parse(Buffer.from(String(messages[0]), 'base64').toString()) as { content: string }
  assert.equal(envelope.content, lines(5, 'bad.log'))
  await assertHolds(topic, agent, ['a.log', 'c.log'])
  // It is over with: the next start does not try it again.
  assert.deepEqual((await agent.ship()).sends, [])
})

test("without the seam the same messages are delivered, through kafkajs' own encoder", async (t) => {
  const topics = [await withTopic(t, { partitions: 3 }), await withTopic(t, { partitions: 3 })] as const
  const seen: object[][] = []
  for (const [index, topic] of topics.entries()) {
    const agent = agentFor(t, topic)
    const names = ['a.log', 'b.log', 'c.log', 'd.log']
    for (const name of names)
      agent.write(name, Buffer.concat([Buffer.from(lines(300, name)), Buffer.from([0xff, 0x0a])]))
    // All of them fit one message: where they would be cut depends on who shares their partition.
    const shipment = await agent.ship({ useSeam: index === 0 })
    assert.deepEqual(shipment.left, DONE)
    await assertHolds(topic, agent, names)
    seen.push((await recordsIn(topic)).map((record) => comparable(record, agent)).toSorted(byPlace))
  }
  assert.deepEqual(seen[0], seen[1])
})

interface Comparable {
  readonly content: string
  readonly offset: number
  readonly key: string
}

/** What two runs have in common: not the time, the file's id, the folder, nor the partition, which comes of the folder. */
function comparable({ key, value }: TopicRecord, agent: Agent): Comparable {
  const { read_time: _time, file_id: _id, ...rest } = JSON.parse(value.toString()) as Record<string, unknown>
  const text = JSON.stringify(rest).replaceAll(agent.folder, '')
  return { content: text, offset: rest['offset'] as number, key: String(key).replaceAll(agent.folder, '') }
}

const byPlace = (a: Comparable, b: Comparable): number => a.key.localeCompare(b.key) || a.offset - b.offset
