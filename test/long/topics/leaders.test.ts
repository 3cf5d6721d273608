// Partitions are moved from broker to broker while files are shipped to them.

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { createTopic, topicPartitions } from '../../../tools/kafka/admin.ts'
import { withAdmin } from '../../../tools/kafka/client.ts'
import { startOwnKafka } from '../../../tools/kafka/start-kafka.ts'
import { openJudge } from '../../../tools/oracle/judge.ts'
import { readTopic } from '../../../tools/oracle/read-topic.ts'
import { agentFor } from '../../kafka/agent.ts'

const NODES = [1, 2, 3]
const MOVES = 3
const LIMIT = 8000

test('partitions that are led by one broker after the other get every byte, in order, and again only what had no ack', async (t) => {
  const cluster = await startOwnKafka({ nodes: 3 })
  t.after(() => cluster.stop())
  const topic = { brokers: cluster.brokers, topic: 'moving' }
  await createTopic(topic.brokers, topic.topic, { partitions: 3, replication: 1 })
  const leaders = async (): Promise<number[]> =>
    (await topicPartitions(topic.brokers, topic.topic)).map(({ leader }) => leader)
  const agent = agentFor(t, topic)
  const names = ['a.log', 'b.log', 'c.log', 'd.log', 'e.log']
  for (const name of names) {
    agent.write(name, Array.from({ length: 60_000 }, (_, index) => `${name} ${index}\n`).join(''))
  }
  let moves = 0
  let moving = false
  let sends = 0
  /** The next leader of every partition, one step round the circle. */
  const move = async (): Promise<void> => {
    moving = true
    const now = await leaders()
    const partitionAssignment = now.map((leader, partition) => ({ partition, replicas: [(leader % NODES.length) + 1] }))
    await withAdmin(topic.brokers, (admin) =>
      admin.alterPartitionReassignments({ topics: [{ topic: topic.topic, partitionAssignment }] }),
    )
    while ((await leaders()).some((leader, partition) => leader !== partitionAssignment[partition]?.replicas[0]));
    moves++
    moving = false
  }
  const shipment = await agent.ship({
    settings: `[message_conf]\nmax_message_length = ${LIMIT}\n`,
    before: () => {
      if (++sends % 20 === 0 && !moving && moves < MOVES) void move().catch(() => (moving = false))
    },
  })
  assert.deepEqual(shipment.left, { bytes: 0, files: 0 })
  assert.ok(moves >= 2, `${moves} moves within ${sends} sends`)
  const judge = openJudge()
  t.after(() => judge.close())
  let extra = 0
  for await (const record of readTopic(topic.brokers, topic.topic)) extra += judge.feed(record).length
  for (const name of names) {
    assert.notEqual(await judge.identicalTo(agent.path(name)), null, `${name} is not in the topic`)
    extra -= statSync(agent.path(name)).size
  }
  // Law 3: a copy can only follow a send whose ack did not come.
  const unknown = shipment.sends.filter(({ outcome }) => outcome.kind === 'unknown').length
  assert.ok(extra <= unknown * LIMIT, `${extra} bytes came twice, ${unknown} sends had no ack`)
})
