// Partitions are added under a running agent: it hears of them, and uses them for what is born then.

import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { partitionOf } from '../../../src/deliver/partition.ts'
import { addPartitions, topicPartitions } from '../../../tools/kafka/admin.ts'
import { readTopic } from '../../../tools/oracle/read-topic.ts'
import { withTopic } from '../../kafka/broker.ts'
import { homeOf } from '../../process/agent.ts'
import { until } from '../../process/until.ts'

const PARTITIONS = 8
/** Topics are asked for once a minute. Milliseconds. */
const PATIENCE = 90_000

test('partitions that are added while it runs are used within a minute, by new files alone', async (t) => {
  const { brokers, topic } = await withTopic(t, { partitions: 1 })
  const home = homeOf(t, { kafka_conf: { brokers: brokers.join(), topic } })
  const path = (name: string): string => join(home.logs, name)
  const old = ['old-1.log', 'old-2.log', 'old-3.log']
  for (const name of old) appendFileSync(path(name), 'before\n')
  const agent = home.start()
  const taken = async (): Promise<number> =>
    (await topicPartitions(brokers, topic)).reduce((sum, { high }) => sum + high, 0)
  await until('the first lines are taken', async () => (await taken()) > 0)
  await addPartitions(brokers, topic, PARTITIONS)
  let born = 0
  await until(
    'a new file has one of the new partitions',
    async () => {
      appendFileSync(path(`new-${++born}.log`), 'one\n')
      await new Promise((resolve) => setTimeout(resolve, 500))
      return (await topicPartitions(brokers, topic)).some(({ partition, high }) => partition > 0 && high > 0)
    },
    PATIENCE,
  )
  for (const name of old) appendFileSync(path(name), 'after\n')
  appendFileSync(path('last.log'), 'one\n')
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  const found = new Map<string, Set<number>>()
  for await (const { key, partition } of readTopic([...brokers], topic)) {
    found.set(String(key), (found.get(String(key)) ?? new Set()).add(partition))
  }
  for (const name of old) assert.deepEqual([...(found.get(path(name)) ?? [])], [0], name)
  assert.deepEqual([...(found.get(path('last.log')) ?? [])], [partitionOf(path('last.log'), PARTITIONS)])
  assert.equal(found.size, old.length + born + 1)
})
