/** What tests and the demo ask of a broker beside producing and consuming. */

import kafkajs from 'kafkajs'
import { withAdmin } from './client.ts'

/** Not among the names that Node finds when it imports this CommonJS package. */
const topicResource = kafkajs.ConfigResourceTypes.TOPIC

type Brokers = readonly string[]

export interface TopicOptions {
  /** Without a number the broker's defaults hold. */
  readonly partitions?: number
  readonly replication?: number
  readonly configs?: Readonly<Record<string, string>>
}

/** Resolves when every partition's leader answers. */
export async function createTopic(brokers: Brokers, topic: string, options: TopicOptions = {}): Promise<void> {
  const configEntries = Object.entries(options.configs ?? {}).map(([name, value]) => ({ name, value }))
  const size = { numPartitions: options.partitions ?? -1, replicationFactor: options.replication ?? -1 }
  await withAdmin(brokers, (admin) =>
    admin.createTopics({ topics: [{ topic, ...size, configEntries }], waitForLeaders: false }),
  )
  await leadersAnswer(brokers, topic, options.partitions ?? 1)
}

export async function deleteTopic(brokers: Brokers, topic: string): Promise<void> {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] }))
}

/** Changes these settings; all others are the broker's defaults then. */
export async function alterTopic(
  brokers: Brokers,
  topic: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
  await withAdmin(brokers, (admin) =>
    admin.alterConfigs({ validateOnly: false, resources: [{ type: topicResource, name: topic, configEntries }] }),
  )
}

/** All settings of the topic that are in force, wherever they come from. */
export async function topicConfig(brokers: Brokers, topic: string): Promise<Record<string, string>> {
  const resource = { type: topicResource, name: topic }
  const answer = await withAdmin(brokers, (admin) =>
    admin.describeConfigs({ resources: [resource], includeSynonyms: false }),
  )
  const entries = answer.resources.flatMap(({ configEntries }) => configEntries)
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]))
}

export interface PartitionState {
  readonly partition: number
  /** The first offset that is still there, and the one that the next record gets. */
  readonly low: number
  readonly high: number
  /** The id of the node; -1 while there is none. */
  readonly leader: number
  readonly inSync: readonly number[]
}

export async function topicPartitions(brokers: Brokers, topic: string): Promise<PartitionState[]> {
  const [offsets, metadata] = await withAdmin(brokers, async (admin) => [
    await admin.fetchTopicOffsets(topic),
    await admin.fetchTopicMetadata({ topics: [topic] }),
  ])
  const found = metadata.topics[0]?.partitions ?? []
  return offsets
    .map(({ partition, low, high }) => {
      const state = found.find(({ partitionId }) => partitionId === partition)
      return {
        partition,
        low: Number(low),
        high: Number(high),
        leader: state?.leader ?? -1,
        inSync: state?.isr ?? [],
      }
    })
    .toSorted((a, b) => a.partition - b.partition)
}

/** Resolves when every partition's leader answers. */
export async function addPartitions(brokers: Brokers, topic: string, count: number): Promise<void> {
  await withAdmin(brokers, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
  await leadersAnswer(brokers, topic, count)
}

const LEADERS_WITHIN_MS = 20_000
const ASK_AGAIN_MS = 50

/**
 * A node is named leader before it knows of it: until then it answers NOT_LEADER_FOR_PARTITION,
 * and another node may not have heard of the topic at all. kafkajs retries neither, not even when it waits for leaders itself.
 */
async function leadersAnswer(brokers: Brokers, topic: string, partitions: number): Promise<void> {
  const deadline = Date.now() + LEADERS_WITHIN_MS
  for (;;) {
    try {
      if ((await topicPartitions(brokers, topic)).length >= partitions) return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    if (Date.now() > deadline) throw new Error(`${topic} has no ${partitions} partitions after ${LEADERS_WITHIN_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
}
