// One of three brokers is dead: its partitions wait, all others go on, and it is found again when it is back.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { PartitionMetadata } from 'kafkajs'
import type { SendOutcome } from '../../src/deliver/broker.ts'
import { KafkaBroker } from '../../src/kafka/broker.ts'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { installSeam } from '../../src/kafka/seam.ts'
import { createTopic, topicPartitions } from '../../tools/kafka/admin.ts'
import { withAdmin } from '../../tools/kafka/client.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { batchOfSize } from './batches.ts'

const skip = await whyNoOwnKafka()

before(() => installSeam(loadCrc32c()))

test('a dead broker holds back its own partitions and nothing else', { skip }, async (t) => {
  const cluster = await startOwnKafka({ nodes: 3 })
  t.after(() => cluster.stop())
  const { brokers } = cluster
  await createTopic(brokers, 'alone', { partitions: 3, replication: 1 })
  await createTopic(brokers, 'paired', { partitions: 3, replication: 2, configs: { 'min.insync.replicas': '2' } })
  const settings = { brokers, clientId: 'test', requestTimeout: 5000, acks: 'all', createTopic: false } as const
  const old = new KafkaBroker(settings, true)
  t.after(() => old.close())
  const send = (broker: KafkaBroker, topic: string, partition: number) =>
    broker.send(batchOfSize(topic, 100, partition))
  for (const partition of [0, 1, 2]) assert.equal((await send(old, 'alone', partition)).kind, 'acked')

  const states = await topicPartitions(brokers, 'alone')
  const dead = states[0]?.leader
  const node = cluster.nodes.find(({ id }) => id === dead)
  assert.ok(node)
  const mine = states.filter(({ leader }) => leader === dead).map(({ partition }) => partition)
  const others = states.filter(({ leader }) => leader !== dead).map(({ partition }) => partition)
  assert.ok(others.length > 0)
  await node.kill('SIGKILL')

  const alive = brokers.filter((address) => address !== node.address)
  while ((await metadataOf(alive, 'alone')).every(({ leader }) => leader >= 0)) await delay(200)

  // Also for a client that never knew the cluster otherwise.
  const fresh = new KafkaBroker({ ...settings, brokers: brokers.toReversed() }, true)
  t.after(() => fresh.close())
  for (const broker of [old, fresh]) {
    for (let i = 0; i < 4; i++) {
      assert.notEqual((await send(broker, 'alone', mine[0] as number)).kind, 'acked')
      for (const partition of others) {
        const outcome = await untilAcked(() => send(broker, 'alone', partition), i === 0 ? 6 : 1)
        assert.equal(outcome.kind, 'acked', JSON.stringify(outcome))
      }
    }
    assert.equal((await broker.facts('alone')).partitions, 3)
  }

  // Fewer copies than the topic wants: a refusal, after which nothing need be kept.
  const short = (await metadataOf(alive, 'paired')).find(({ isr }) => isr.length === 1)
  assert.ok(short)
  const refused = await send(old, 'paired', short.partitionId)
  assert.equal(refused.kind, 'refused', JSON.stringify(refused))
  assert.match('reason' in refused ? refused.reason : '', /^NOT_ENOUGH_REPLICAS: /)

  await node.start()
  assert.equal((await untilAcked(() => send(old, 'alone', mine[0] as number), 30)).kind, 'acked')
})

/** Of partitions without a leader too; nothing is asked of the leaders themselves. */
async function metadataOf(brokers: readonly string[], topic: string): Promise<PartitionMetadata[]> {
  const { topics } = await withAdmin(brokers, (admin) => admin.fetchTopicMetadata({ topics: [topic] }))
  return topics[0]?.partitions ?? []
}

async function untilAcked(send: () => Promise<SendOutcome>, tries: number): Promise<SendOutcome> {
  let outcome = await send()
  for (let i = 1; i < tries && outcome.kind !== 'acked'; i++) {
    await delay(200)
    outcome = await send()
  }
  return outcome
}
