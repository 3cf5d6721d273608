import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import kafkajs, { type KafkaMessage, type Transaction } from 'kafkajs'
import { openReader, type TopicReader } from '../../src/kafka/reader.ts'
import { kafkaClient } from '../../tools/kafka/client.ts'
import { expire, produce } from '../cli/shipped.ts'
import { type TestTopic, withTopic } from './broker.ts'

function readerOf(t: TestContext, { brokers }: Pick<TestTopic, 'brokers'>, patience = 20_000): TopicReader {
  const reader = openReader({ brokers, clientId: 'test', requestTimeout: 10_000 }, patience)
  t.after(() => reader.close())
  return reader
}

async function all(reader: TopicReader, topic: string, from: number, to: number): Promise<KafkaMessage[]> {
  const messages: KafkaMessage[] = []
  for await (const some of reader.read(topic, 0, from, to)) messages.push(...some)
  return messages
}

const offsets = (messages: readonly KafkaMessage[]): number[] => messages.map(({ offset }) => Number(offset))

test('a stretch is read from its first offset to its last, whatever batches lie across its ends', async (t) => {
  const topic = await withTopic(t)
  const producer = kafkaClient(topic.brokers).producer()
  await producer.connect()
  for (let batch = 0; batch < 4; batch++) {
    const messages = Array.from({ length: 5 }, (_, index) => ({ value: `${batch * 5 + index}`, partition: 0 }))
    const compression = batch % 2 === 0 ? kafkajs.CompressionTypes.None : kafkajs.CompressionTypes.GZIP
    await producer.send({ topic: topic.topic, messages, compression })
  }
  await producer.disconnect()
  const reader = readerOf(t, topic)
  assert.deepEqual(await reader.bounds(topic.topic), new Map([[0, { start: 0, end: 20 }]]))
  const some = await all(reader, topic.topic, 3, 17)
  assert.deepEqual(
    some.map(({ value }) => String(value)),
    Array.from({ length: 14 }, (_, index) => `${index + 3}`),
  )
  assert.deepEqual(await all(reader, topic.topic, 4, 4), [])
})

test('what was aborted is not shown, also where the transactions of several producers lie within each other', async (t) => {
  const topic = await withTopic(t)
  const begin = async (name: string): Promise<Transaction> => {
    const options = { transactionalId: `${topic.topic}-${name}`, maxInFlightRequests: 1, idempotent: true }
    const producer = kafkaClient(topic.brokers).producer(options)
    await producer.connect()
    t.after(() => producer.disconnect())
    return producer.transaction()
  }
  const send = (to: Transaction, value: string): Promise<unknown> =>
    to.send({ topic: topic.topic, messages: [{ value, partition: 0 }] })
  const [a, b, c] = [await begin('a'), await begin('b'), await begin('c')]
  // The first to begin is the last to end, and another lies within: the broker names them in the order in which they ended.
  for (const [one, value] of [
    [a, 'a1'],
    [c, 'c1'],
    [b, 'b1'],
    [b, 'b2'],
    [c, 'c2'],
    [a, 'a2'],
  ] as const)
    await send(one, value)
  await b.abort()
  await c.commit()
  await a.abort()
  const reader = readerOf(t, topic)
  const { end } = (await reader.bounds(topic.topic)).get(0) as { end: number }
  const valuesFrom = async (from: number): Promise<string[]> =>
    (await all(reader, topic.topic, from, end)).map(({ value }) => String(value))
  assert.deepEqual(await valuesFrom(0), ['c1', 'c2'])
  // Two of them are under way here already.
  assert.deepEqual(await valuesFrom(3), ['c2'])
})

test('a record batch that is larger than what is asked for comes whole', async (t) => {
  const topic = await withTopic(t, { configs: { 'max.message.bytes': String(13_000_000) } })
  const value = Buffer.alloc(12_000_000, 'large ')
  await produce(topic, [{ value }, { value: 'small' }])
  const found = await all(readerOf(t, topic), topic.topic, 0, 2)
  assert.ok(found[0]?.value?.equals(value))
  assert.equal(String(found[1]?.value), 'small')
})

test('offsets that are gone by the time they are read are passed over', async (t) => {
  const topic = await withTopic(t)
  await produce(
    topic,
    Array.from({ length: 6 }, (_, index) => ({ value: `${index}` })),
  )
  const reader = readerOf(t, topic)
  const { end } = (await reader.bounds(topic.topic)).get(0) as { end: number }
  await expire(topic, 4)
  assert.deepEqual(offsets(await all(reader, topic.topic, 0, end)), [4, 5])
})

test('what a transaction gave up is not seen, and the markers of transactions are passed over', async (t) => {
  const topic = await withTopic(t)
  const producer = kafkaClient(topic.brokers).producer({ transactionalId: topic.topic, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [value, end] of [
    ['kept', 'commit'],
    ['given up', 'abort'],
    ['kept too', 'commit'],
  ] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: topic.topic, messages: [{ value, partition: 0 }] })
    await transaction[end]()
  }
  await producer.disconnect()
  const reader = readerOf(t, topic)
  const { end } = (await reader.bounds(topic.topic)).get(0) as { end: number }
  const found = await all(reader, topic.topic, 0, end)
  assert.deepEqual(
    found.map(({ value }) => String(value)),
    ['kept', 'kept too'],
  )
})

test('what is behind the end is told once the patience is over, and a topic that is not there at once', async (t) => {
  const topic = await withTopic(t)
  await produce(topic, [{ value: 'one' }])
  const reader = readerOf(t, topic, 100)
  await assert.rejects(all(reader, topic.topic, 0, 2), {
    code: 'KAFKA_READ',
    message: `reading ${topic.topic}/0 at offset 1: the broker has nothing there`,
  })
  await assert.rejects(readerOf(t, topic).bounds('nowhere'), { code: 'TOPIC_MISSING' })
})
