import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTopic } from '../../tools/kafka/admin.ts'
import type { Cluster, KafkaNode } from '../../tools/kafka/node.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import type { TestTopic } from '../kafka/broker.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import type { Agent } from './agent.ts'
import { homeOf } from './agent.ts'
import { expectComplete, expectOnce, untilMoreThan } from './expect.ts'
import { startLoad } from './load.ts'
import { until } from './until.ts'

const skip = await whyNoOwnKafka()
let cluster: Cluster | null = null
before(async () => {
  if (skip === false) cluster = await startOwnKafka()
})
after(() => cluster?.stop())

test('a broker that is absent at the start is waited for: one warning, one recovery, nothing lost', {
  skip,
}, async (t) => {
  const { target, node, kafka } = await place()
  await node.kill('SIGKILL')
  const home = homeOf(t, { kafka_conf: kafka })
  for (const tag of ['a', 'b', 'c']) writeLines({ path: join(home.logs, `${tag}.log`), tag, count: 5000 })
  const agent = home.start()
  await until('it says that there is no broker', () => agent.said('kafka_degraded').length > 0)
  await node.start()
  await until('it recovers', () => agent.said('kafka_recovered').length > 0)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  assert.deepEqual(kafkaEvents(agent), ['warn kafka_degraded', 'info kafka_recovered'])
  assert.match(agent.said('kafka_degraded')[0]?.msg ?? '', new RegExp(node.address))
  await expectOnce(target, { a: 5000, b: 5000, c: 5000 })
})

test('a broker killed and started again under load costs a line for each change of state and no data', {
  skip,
}, async (t) => {
  const { target, node, kafka } = await place()
  const home = homeOf(t, { kafka_conf: kafka })
  const load = startLoad(t, home.logs)
  const agent = home.start()
  await untilMoreThan(8, target, agent)
  await node.kill('SIGKILL')
  await until('it notices', () => agent.said('kafka_degraded').length > 0)
  await node.start()
  await until('it recovers', () => agent.said('kafka_recovered').length > 0)
  const all = load.stop()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  const events = kafkaEvents(agent)
  assert.ok(events.length <= 6, events.join('\n'))
  assert.equal(events.at(-1), 'info kafka_recovered')
  const { duplicated } = await expectComplete(target, all)
  t.diagnostic(`${events.length} lines of log; ${duplicated} lines came twice, of acks that the kill swallowed`)
})

test('when shutdown_timeout passes without a broker it leaves with 1 and says how much is left, and the next start ships it', {
  skip,
}, async (t) => {
  const { target, node, kafka } = await place()
  const home = homeOf(t, { kafka_conf: kafka, shutdown_conf: { shutdown_timeout: '1s' } })
  const path = join(home.logs, 'a.log')
  writeLines({ path, tag: 'a', count: 5000 })
  const agent = home.start()
  await untilMoreThan(0, target, agent)
  const settled = statSync(path).size
  await node.kill('SIGKILL')
  writeLines({ path, tag: 'a', from: 5000, count: 5000 })
  await until('it notices', () => agent.said('kafka_degraded').length > 0)
  const begun = performance.now()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 1, agent.words())
  const took = performance.now() - begun
  assert.ok(took >= 900 && took < 8000, `it took ${took} ms`)
  const left = statSync(path).size - settled
  const [stopped] = agent.said('stopped')
  assert.equal(stopped?.['left'], left)
  assert.match(stopped?.msg ?? '', new RegExp(`\\b${left} bytes in 1 file`))

  await node.start()
  assert.equal(await home.start('--once').ended(), 0)
  await expectComplete(target, { a: 10_000 })
})

interface Place {
  readonly target: TestTopic
  readonly node: KafkaNode
  readonly kafka: Readonly<Record<string, string>>
}

async function place(): Promise<Place> {
  const [node] = cluster?.nodes ?? []
  assert.ok(cluster && node)
  // A test before this one may have failed while it was down.
  await node.start()
  const target = { brokers: cluster.brokers, topic: `away-${randomBytes(4).toString('hex')}` }
  await createTopic(target.brokers, target.topic, { partitions: 3 })
  return { target, node, kafka: { brokers: target.brokers.join(','), topic: target.topic } }
}

/** What the log says of Kafka, and everything that is worse than news, but for a slow disk: that is the machine's. */
function kafkaEvents(agent: Agent): string[] {
  const told = agent.said().filter(({ level, event }) => level !== 'info' || event.startsWith('kafka_'))
  return told.filter(({ event }) => event !== 'discovery_slow').map(({ level, event }) => `${level} ${event}`)
}
