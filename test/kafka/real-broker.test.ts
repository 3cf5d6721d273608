// The adapter against a real broker: where records land, what is refused, and what is never created.

import assert from 'node:assert/strict'
import { before, type TestContext, test } from 'node:test'
import { partitionOf } from '../../src/deliver/partition.ts'
import { KafkaBroker } from '../../src/kafka/broker.ts'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { installSeam } from '../../src/kafka/seam.ts'
import { addPartitions, type TopicOptions, topicPartitions } from '../../tools/kafka/admin.ts'
import { freePorts } from '../../tools/kafka/ports.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { batchOf, batchOfSize, plain } from './batches.ts'
import { withTopic } from './broker.ts'

before(() => installSeam(loadCrc32c()))

const openBroker = (t: TestContext, brokers: readonly string[], useSeam = true): KafkaBroker => {
  const settings = { brokers, clientId: 'test', requestTimeout: 10_000, acks: 'all', createTopic: false } as const
  const broker = new KafkaBroker(settings, useSeam)
  t.after(() => broker.close())
  return broker
}

async function setUp(
  t: TestContext,
  options: TopicOptions = {},
): Promise<{ broker: KafkaBroker; topic: string; brokers: string[] }> {
  const { brokers, topic } = await withTopic(t, options)
  return { broker: openBroker(t, brokers), topic, brokers }
}

for (const useSeam of [true, false]) {
  test(`a batch lands whole in the partition it names, ${useSeam ? 'over the seam' : "through kafkajs' encoder"}`, async (t) => {
    const { brokers, topic } = await withTopic(t, { partitions: 3 })
    const broker = openBroker(t, brokers, useSeam)
    const timestamp = Date.now() - 5000
    const messages = ['a', '', 'ç'].map((value) => ({ ...plain(value), headers: { offset: '1', name: 'ü' } }))
    for (const partition of [2, 0]) {
      const outcome = await broker.send(batchOf({ topic, partition, messages, timestamp }))
      assert.deepEqual(outcome, { kind: 'acked', firstOffset: 0 })
    }
    assert.deepEqual(await broker.send(batchOf({ topic, partition: 2, messages })), { kind: 'acked', firstOffset: 3 })
    const sizes = (await topicPartitions(brokers, topic)).map(({ high }) => high)
    assert.deepEqual(sizes, [3, 0, 6])
    for await (const record of readTopic(brokers, topic)) {
      if (record.offset >= 3) continue
      const { value, headers } = messages[record.offset] as (typeof messages)[number]
      assert.deepEqual(record, { ...record, key: '/var/log/app.log', value, headers, timestamp })
    }
  })
}

test('the largest batch that the topic allows is taken, one byte more is too large', async (t) => {
  const limit = 20_000
  const { broker, topic } = await setUp(t, { configs: { 'max.message.bytes': String(limit) } })
  assert.deepEqual(await broker.facts(topic), { partitions: 1, maxMessageBytes: limit })
  const [fits, tooLarge] = [0, 1].map((more) =>
    batchOfSize(topic, limit - batchOfSize(topic, 10_000).end + 10_000 + more),
  )
  assert.equal(fits?.end, limit)
  assert.equal((await broker.send(fits)).kind, 'acked')
  assert.equal(tooLarge?.end, limit + 1)
  assert.equal((await broker.send(tooLarge)).kind, 'too_large')
})

for (const policy of ['compact', 'compact,delete']) {
  test(`a topic with cleanup.policy=${policy} is refused with a hint`, async (t) => {
    const { broker, topic } = await setUp(t, { configs: { 'cleanup.policy': policy } })
    await assert.rejects(broker.facts(topic), { code: 'TOPIC_COMPACTED', hint: /cleanup\.policy=delete/ })
  })
}

test('a time that the topic does not allow is a refusal and no dead letter: a clock that is wrong today may be right tomorrow', async (t) => {
  const { broker, topic } = await setUp(t, { configs: { 'message.timestamp.before.max.ms': '60000' } })
  const messages = [plain('late')]
  const outcome = await broker.send(batchOf({ topic, messages, timestamp: Date.now() - 3_600_000 }))
  assert.equal(outcome.kind, 'refused')
  assert.match('reason' in outcome ? outcome.reason : '', /^INVALID_TIMESTAMP: /)
})

test('a batch that the broker finds invalid ends as invalid, and nothing of it is taken', async (t) => {
  const { broker, topic, brokers } = await setUp(t)
  const batch = batchOf({ topic, messages: [plain('one')] })
  batch.records = 2
  const outcome = await broker.send(batch)
  assert.equal(outcome.kind, 'invalid')
  assert.match('reason' in outcome ? outcome.reason : '', /^INVALID_RECORD: /)
  assert.equal((await topicPartitions(brokers, topic))[0]?.high, 0)
})

test('a partition that was added while the agent ran is found', async (t) => {
  const { broker, topic, brokers } = await setUp(t)
  assert.equal((await broker.send(batchOfSize(topic, 10))).kind, 'acked')
  await addPartitions(brokers, topic, 2)
  assert.equal((await broker.facts(topic)).partitions, 2)
  const kinds: string[] = []
  for (let i = 0; i < 5 && kinds.at(-1) !== 'acked'; i++)
    kinds.push((await broker.send(batchOfSize(topic, 10, 1))).kind)
  assert.equal(kinds.at(-1), 'acked', kinds.join())
})

test('of several brokers the first need not be there', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const [port] = await freePorts(1)
  const broker = openBroker(t, [`127.0.0.1:${port}`, ...brokers])
  assert.equal((await broker.facts(topic)).partitions, 1)
  assert.equal((await broker.send(batchOfSize(topic, 10))).kind, 'acked')
})

test('a manifest is published to one partition under its key', async (t) => {
  const { broker, topic, brokers } = await setUp(t, { partitions: 3 })
  await broker.publish(topic, 'host-1/2026-11-20', Buffer.from('{"v":1}'))
  const records = []
  for await (const { key, value } of readTopic(brokers, topic)) records.push([key, value.toString()])
  assert.deepEqual(records, [['host-1/2026-11-20', '{"v":1}']])
})

test('a manifest that no partition took is not published, and a new client publishes it', async (t) => {
  const { broker, topic, brokers } = await setUp(t)
  const key = 'host-1/2026-11-20'
  assert.notEqual(partitionOf(key, 8), 0)
  await broker.send(batchOfSize(topic, 10))
  await addPartitions(brokers, topic, 8)
  const publish = () => broker.publish(topic, key, Buffer.from('{}'))
  for (let i = 0; i < 3; i++) await assert.rejects(publish(), { code: 'KAFKA_PUBLISH', retriable: true })
  await publish()
  assert.equal((await topicPartitions(brokers, topic))[partitionOf(key, 8)]?.high, 1)
})
