import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTopic } from '../../tools/kafka/admin.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { lineBytes } from '../../tools/oracle/lines.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { homeOf } from '../process/agent.ts'
import { expectComplete, untilMoreThan } from '../process/expect.ts'
import { until } from '../process/until.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { watchCost } from './process-cost.ts'

const backlog = 300_000_000
const awayFor = 20_000
const mostMemory = 150
const before = 1000
const tags = ['a', 'b', 'c', 'd']
const skip = await whyNoOwnKafka()

test('Kafka away for 20 s with a backlog of 300 MB: memory stays bounded, nothing is lost', { skip }, async (t) => {
  const cluster = await startOwnKafka()
  t.after(() => cluster.stop())
  const [node] = cluster.nodes
  assert.ok(node)
  const { brokers } = cluster
  const topic = 'backlog'
  await createTopic(brokers, topic, { partitions: 3 })
  const home = homeOf(t, {
    kafka_conf: { brokers: brokers.join(','), topic },
    shutdown_conf: { shutdown_timeout: '120s' },
  })
  const count = Math.ceil(backlog / tags.length / lineBytes)
  const write = (from: number, lines: number): void => {
    for (const tag of tags) writeLines({ path: join(home.logs, `${tag}.log`), tag, from, count: lines })
  }
  write(0, before)
  const agent = home.start()
  const cost = watchCost(agent.pid)
  await untilMoreThan(0, { brokers, topic }, agent)

  await node.kill('SIGKILL')
  write(before, count)
  await until('it notices', () => agent.said('kafka_degraded').length > 0)
  await delay(awayFor)
  await node.start()
  await until('it recovers', () => agent.said('kafka_recovered').length > 0, 60_000)
  const begun = performance.now()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(150_000), 0, agent.words())
  const seconds = (performance.now() - begun) / 1000
  const { cpu, peakRss } = cost()
  const { duplicated } = await expectComplete(
    { brokers, topic },
    Object.fromEntries(tags.map((tag) => [tag, before + count])),
  )
  t.diagnostic(
    `peak RSS ${peakRss.toFixed(0)} MB, ${cpu.toFixed(1)} s of CPU, caught up ${seconds.toFixed(1)} s after the recovery, ` +
      `${duplicated} lines came twice`,
  )
  assert.ok(peakRss > 0 && peakRss < mostMemory, `peak RSS ${peakRss} MB`)
})
