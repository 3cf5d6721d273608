// A broker that creates topics for whoever mentions one gets none from the agent.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { KafkaBroker } from '../../src/kafka/broker.ts'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { installSeam } from '../../src/kafka/seam.ts'
import { withAdmin } from '../../tools/kafka/client.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { batchOfSize } from './batches.ts'

const skip = await whyNoOwnKafka()

before(() => installSeam(loadCrc32c()))

test('a topic that does not exist is neither created by asking nor by sending nor by publishing', {
  skip,
}, async (t) => {
  const cluster = await startOwnKafka({ settings: { 'auto.create.topics.enable': 'true' } })
  t.after(() => cluster.stop())
  const { brokers } = cluster
  const settings = { brokers, clientId: 'test', requestTimeout: 10_000, acks: 'all' } as const
  const broker = new KafkaBroker({ ...settings, createTopic: false }, true)
  const creator = new KafkaBroker({ ...settings, createTopic: true }, true)
  t.after(() => Promise.all([broker.close(), creator.close()]))
  await assert.rejects(broker.facts('missing'), { code: 'TOPIC_MISSING', hint: /create_topic = yes/ })
  for (let i = 0; i < 3; i++) assert.equal((await broker.send(batchOfSize('missing', 10))).kind, 'refused')
  await assert.rejects(broker.publish('missing.manifests', 'key', Buffer.from('{}')), { code: 'TOPIC_MISSING' })
  assert.deepEqual(await withAdmin(brokers, (admin) => admin.listTopics()), [])
  // Asked to, it creates the topic, with the broker's defaults, and by its own request.
  assert.equal((await creator.facts('wanted')).partitions, 1)
  assert.deepEqual(await withAdmin(brokers, (admin) => admin.listTopics()), ['wanted'])
})
