// Kafka is away for the whole test while files are born, rotated and deleted: what was seen is held, and shipped when Kafka is back.

import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { homeOf } from '../process/agent.ts'
import { expectComplete } from '../process/expect.ts'
import { startLoad } from '../process/load.ts'
import { until } from '../process/until.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { ownBroker } from './own-broker.ts'
import { watchCost } from './process-cost.ts'

const rotations = 12
/** MB, with the default `memory_limit`. */
const mostMemory = 100
const patience = 120_000
const skip = await whyNoOwnKafka()

test('Kafka away for the whole time while files rotate and are deleted: all that was seen is shipped when it is back', {
  skip,
}, async (t) => {
  const { node, target } = await ownBroker(t, 'away')
  const { brokers } = target
  await node.kill('SIGKILL')

  const home = homeOf(t, {
    kafka_conf: { brokers: brokers.join(','), topic: target.topic },
    shutdown_conf: { shutdown_timeout: `${patience / 1000}s` },
  })
  const load = startLoad(t, home.logs)
  const tags = Object.keys(load.writers)
  const agent = home.start()
  const cost = watchCost(agent.pid)
  const born = (): number => agent.said('file_born').length
  await until('all files are born', () => born() >= tags.length, patience)
  for (let rotation = 1; rotation <= rotations; rotation++) {
    for (const tag of tags) load.writers[tag]?.rotate(join(home.logs, `${tag}.log.${rotation}`))
    // Discovery goes on: the successors are found, and the renamed ones are known by their new names.
    await until('the successors are born', () => born() >= tags.length * (rotation + 1), patience)
    await until('the renames are seen', () => agent.said('file_renamed').length >= tags.length * rotation, patience)
    for (const tag of tags) rmSync(join(home.logs, `${tag}.log.${rotation}`))
    await until('the deletions are seen', () => agent.said('file_deleted').length >= tags.length * rotation, patience)
  }
  const all = load.stop()
  assert.equal(readdirSync(home.logs).length, tags.length)
  await node.start()
  await until('it recovers', () => agent.said('kafka_recovered').length > 0, patience)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(patience), 0, agent.words())
  const { peakRss } = cost()
  const { duplicated, reports } = await expectComplete(target, all)
  const lines = Object.values(all).reduce((sum, one) => sum + one, 0)
  t.diagnostic(
    `${lines} lines, ${rotations * tags.length} files renamed and deleted before Kafka came, ${duplicated} lines came twice, ` +
      `peak RSS ${peakRss.toFixed(1)} MB`,
  )
  assert.equal(reports.length, tags.length)
  assert.equal(agent.said('chunk_abandoned').length, 0)
  assert.ok(peakRss > 0 && peakRss <= mostMemory, `peak RSS ${peakRss} MB`)
})
