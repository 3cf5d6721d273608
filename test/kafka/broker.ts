/** A topic of its own for each test, on the broker that the runner started, or on one started for this file alone. */

import { randomBytes } from 'node:crypto'
import { after, type TestContext } from 'node:test'
import { createTopic, deleteTopic, type TopicOptions } from '../../tools/kafka/admin.ts'
import type { Cluster } from '../../tools/kafka/node.ts'
import { startKafka } from '../../tools/kafka/start-kafka.ts'

let cluster: Promise<Cluster> | null = null
after(async () => (await cluster)?.stop())

export interface TestTopic {
  readonly brokers: string[]
  readonly topic: string
}

/** The topic is new, has one partition unless told, and goes when the test ends. */
export async function withTopic(t: TestContext, options: TopicOptions = {}): Promise<TestTopic> {
  cluster ??= startKafka()
  const { brokers } = await cluster
  const topic = `test-${randomBytes(6).toString('hex')}`
  await createTopic(brokers, topic, { partitions: 1, ...options })
  t.after(() => deleteTopic(brokers, topic))
  return { brokers, topic }
}
