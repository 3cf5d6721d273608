import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createTopic } from '../../tools/kafka/admin.ts'
import { kafkaClient, withAdmin } from '../../tools/kafka/client.ts'
import type { Cluster } from '../../tools/kafka/node.ts'
import { startKafka } from '../../tools/kafka/start-kafka.ts'
import { readTopic, type TopicRecord } from '../../tools/oracle/read-topic.ts'

let cluster: Cluster
before(async () => {
  cluster = await startKafka()
})
after(() => cluster.stop())

test('a record comes back with all that was sent, also from a topic with an empty partition', async () => {
  const topic = await newTopic(3)
  const value = Buffer.from([0x00, 0xff, 0x0a])
  await send(topic, [
    { partition: 0, key: '/a.log', value, headers: { file_id: 'ab', offset: '12' }, timestamp: '1700000000000' },
    { partition: 2, value: Buffer.from('other') },
  ])
  const records = (await readAll(topic)).toSorted((a, b) => a.partition - b.partition)
  assert.deepEqual(records[0], {
    partition: 0,
    offset: 0,
    key: '/a.log',
    value,
    headers: { file_id: 'ab', offset: '12' },
    timestamp: 1_700_000_000_000,
  })
  assert.deepEqual([records.length, records[1]?.partition, records[1]?.key], [2, 2, null])
})

test('an empty topic has no records', async () => {
  assert.deepEqual(await readAll(await newTopic(2)), [])
})

test('large records come whole and in order, however slowly they are taken', async () => {
  const topic = await newTopic(2)
  const block = randomBytes(900_000)
  for (let i = 0; i < 30; i++) await send(topic, [{ partition: i % 2, key: String(i), value: block }])
  const next = [0, 1]
  for await (const { partition, key, value } of readTopic(cluster.brokers, topic)) {
    assert.equal(Number(key), next[partition])
    next[partition] = Number(key) + 2
    assert.ok(value.equals(block))
    await new Promise(setImmediate)
  }
  assert.deepEqual(next, [30, 31])
})

test('the marker of a transaction at the end of a partition is passed over', async () => {
  const topic = await newTopic(1)
  const transactionalId = randomBytes(4).toString('hex')
  const producer = kafkaClient(cluster.brokers).producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [value, end] of [
    ['kept', 'commit'],
    ['aborted', 'abort'],
  ] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ partition: 0, value }] })
    await transaction[end]()
  }
  await producer.disconnect()
  assert.deepEqual(
    (await readAll(topic)).map(({ value }) => value.toString()),
    ['kept'],
  )
})

test('a reader that has seen enough leaves no group behind', async () => {
  const topic = await newTopic(1)
  await send(topic, [{ value: Buffer.from('first') }, { value: Buffer.from('second') }])
  for await (const { value } of readTopic(cluster.brokers, topic)) {
    assert.equal(value.toString(), 'first')
    break
  }
  const { groups } = await withAdmin(cluster.brokers, (admin) => admin.listGroups())
  assert.deepEqual(
    groups.filter(({ groupId }) => groupId.startsWith('pannier-oracle-')),
    [],
  )
})

async function newTopic(partitions: number): Promise<string> {
  const topic = `read-${randomBytes(6).toString('hex')}`
  await createTopic(cluster.brokers, topic, { partitions })
  return topic
}

type Sent = Parameters<ReturnType<ReturnType<typeof kafkaClient>['producer']>['send']>[0]['messages']

async function send(topic: string, messages: Sent): Promise<void> {
  const producer = kafkaClient(cluster.brokers).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  await producer.send({ topic, messages })
  await producer.disconnect()
}

async function readAll(topic: string): Promise<TopicRecord[]> {
  const records: TopicRecord[] = []
  for await (const record of readTopic(cluster.brokers, topic)) records.push(record)
  return records
}
