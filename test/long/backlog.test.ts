// Law 5: the files on disk are the queue, whatever their size. `PANNIER_BACKLOG=10000000000` is the recorded run (docs/memory.md).

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { lineBytes } from '../../tools/oracle/lines.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { homeOf } from '../process/agent.ts'
import { untilMoreThan } from '../process/expect.ts'
import { until } from '../process/until.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { ownBroker } from './own-broker.ts'
import { watchCost } from './process-cost.ts'
import { streamed } from './streamed.ts'

const backlog = Number(process.env['PANNIER_BACKLOG'] ?? 1_000_000_000)
/** Milliseconds; 5 MB/s on a machine that does much else. */
const patience = 120_000 + backlog / 5_000
const awayFor = 20_000
/** MB, with the default `memory_limit`. */
const mostMemory = 100
const before = 1000
const tags = Array.from({ length: 20 }, (_, index) => `file${index}`)
const skip = await whyNoOwnKafka()

test('Kafka away with a backlog of 1 GB in 20 files: memory stays below 100 MB, nothing is lost', {
  skip,
}, async (t) => {
  const { node, target } = await ownBroker(t, 'backlog')
  const { brokers } = target
  const home = homeOf(t, {
    kafka_conf: { brokers: brokers.join(','), topic: target.topic },
    shutdown_conf: { shutdown_timeout: `${Math.ceil(patience / 1000)}s` },
  })
  const count = Math.ceil(backlog / tags.length / lineBytes)
  const write = (from: number, lines: number): void => {
    for (const tag of tags) writeLines({ path: join(home.logs, `${tag}.log`), tag, from, count: lines })
  }
  write(0, before)
  const agent = home.start()
  const cost = watchCost(agent.pid)
  await untilMoreThan(0, target, agent)

  await node.kill('SIGKILL')
  write(before, count)
  await until('it notices', () => agent.said('kafka_degraded').length > 0)
  await delay(awayFor)
  const waiting = watchCost(agent.pid)()
  await node.start()
  await until('it recovers', () => agent.said('kafka_recovered').length > 0, 60_000)
  const begun = performance.now()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(patience), 0, agent.words())
  const seconds = (performance.now() - begun) / 1000
  const { cpu, peakRss } = cost()
  const { lost, outOfOrder, unexpected, unreadable, files, bytes, repeated } = await streamed(
    target,
    Object.fromEntries(tags.map((tag) => [tag, before + count])),
  )
  t.diagnostic(
    `backlog of ${(backlog / 1e6).toFixed(0)} MB in ${tags.length} files: peak RSS ${waiting.peakRss.toFixed(1)} MB while Kafka was away, ` +
      `${peakRss.toFixed(1)} MB in all; ${cpu.toFixed(1)} s of CPU, caught up ${seconds.toFixed(1)} s after the recovery; ` +
      `${repeated} bytes came twice`,
  )
  assert.deepEqual(
    { lost, outOfOrder, unexpected, unreadable },
    { lost: 0, outOfOrder: 0, unexpected: 0, unreadable: 0 },
  )
  assert.deepEqual({ files, bytes }, { files: tags.length, bytes: tags.length * (before + count) * lineBytes })
  assert.ok(peakRss > 0 && peakRss <= mostMemory, `peak RSS ${peakRss} MB`)
})
