import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTopic, type PartitionState, topicPartitions } from '../../tools/kafka/admin.ts'
import type { Cluster, KafkaNode } from '../../tools/kafka/node.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { homeOf } from '../process/agent.ts'
import { expectComplete, untilMoreThan } from '../process/expect.ts'
import { startLoad } from '../process/load.ts'
import { until } from '../process/until.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'

const topic = 'three'
const frozenFor = 15_000
const patience = 90_000
const skip = await whyNoOwnKafka()

test('three brokers, of which one is killed and another frozen under load: nothing lost, order kept', {
  skip,
}, async (t) => {
  const cluster = await startOwnKafka({ nodes: 3 })
  t.after(() => cluster.stop())
  const { brokers } = cluster
  const target = { brokers, topic }
  await createTopic(brokers, topic, { partitions: 3 })
  const home = homeOf(t, {
    kafka_conf: { brokers: brokers.join(','), topic, request_timeout: '5s' },
    shutdown_conf: { shutdown_timeout: '60s' },
  })
  const load = startLoad(t, home.logs)
  const agent = home.start()
  await untilMoreThan(8, target, agent)

  const note = (what: string): void => t.diagnostic(`${new Date().toISOString()} test: ${what}`)
  const killed = await busiest(cluster)
  await killed.node.kill('SIGKILL')
  note(`node ${killed.node.id}, which leads partition ${killed.partition}, is dead`)
  // The others know the topic too: a client that asked the dead one first would only wait longer.
  const others = brokers.filter((address) => address !== killed.node.address)
  const moved = await until('another node leads its partition', () => movedFrom(others, killed), patience)
  await until('its partition goes on', () => hasGrown(others, moved), patience)
  note('its partition goes on')
  await killed.node.start()
  note('it answers again')
  await until('all copies are in sync', () => isWhole(brokers), patience)

  const frozen = await busiest(cluster)
  await frozen.node.kill('SIGSTOP')
  note(`node ${frozen.node.id}, which leads partition ${frozen.partition}, is frozen`)
  await delay(frozenFor)
  await frozen.node.kill('SIGCONT')
  note('it is thawed')
  await until('its partition goes on', () => hasGrown(brokers, frozen), patience)
  await until('all copies are in sync again', () => isWhole(brokers), patience)

  const all = load.stop()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(patience), 0, agent.words())
  const found = await expectComplete(target, all)
  const lines = Object.values(all).reduce((sum, one) => sum + one, 0)
  const events = agent.said().filter(({ event }) => event.startsWith('kafka_'))
  t.diagnostic(`${lines} lines, ${found.lost} lost, ${found.outOfOrder} out of order, ${found.duplicated} came twice`)
  for (const { time, level, msg } of events) t.diagnostic(`${String(time)} ${level} ${msg}`)
  assert.ok(events.length <= 12, `${events.length} lines of log`)
})

interface Busiest extends PartitionState {
  readonly node: KafkaNode
}

/** The partition with the most messages, and the node that leads it. */
async function busiest({ brokers, nodes }: Cluster): Promise<Busiest> {
  const [most] = (await topicPartitions(brokers, topic)).toSorted((a, b) => b.high - a.high)
  const node = nodes.find(({ id }) => id === most?.leader)
  assert.ok(most && node)
  return { ...most, node }
}

/** The partition under its new leader; null while there is none. */
async function movedFrom(brokers: readonly string[], before: PartitionState): Promise<PartitionState | null> {
  const now = (await partitions(brokers)).find(({ partition }) => partition === before.partition)
  return now === undefined || now.leader < 0 || now.leader === before.leader ? null : now
}

async function hasGrown(brokers: readonly string[], { partition, high }: PartitionState): Promise<boolean> {
  return (await partitions(brokers)).some((now) => now.partition === partition && now.high > high)
}

async function isWhole(brokers: readonly string[]): Promise<boolean> {
  const all = await partitions(brokers)
  return all.length > 0 && all.every(({ inSync, leader }) => inSync.length === 3 && leader > 0)
}

/** None while the brokers sort themselves out. */
function partitions(brokers: readonly string[]): Promise<PartitionState[]> {
  return topicPartitions(brokers, topic).catch(() => [])
}
