// A broker that the test may kill, with a topic of three partitions.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createTopic } from '../../tools/kafka/admin.ts'
import type { KafkaNode } from '../../tools/kafka/node.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import type { TestTopic } from '../kafka/broker.ts'

interface OwnBroker {
  readonly node: KafkaNode
  readonly target: TestTopic
}

export async function ownBroker(t: Pick<TestContext, 'after'>, topic: string): Promise<OwnBroker> {
  const cluster = await startOwnKafka()
  t.after(() => cluster.stop())
  const [node] = cluster.nodes
  assert.ok(node)
  await createTopic(cluster.brokers, topic, { partitions: 3 })
  return { node, target: { brokers: cluster.brokers, topic } }
}
