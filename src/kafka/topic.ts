// What the agent must know of a topic before it sends: partitions, the size limit, and that it does not throw records away by key.

import kafkajs, { type Admin } from 'kafkajs'
import type { TopicFacts } from '../deliver/broker.ts'
import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'
import { asError, securityFault } from './connection-fault.ts'
import { denied, isDenial, type Operation } from './denied.ts'
import type { Security } from './security/security.ts'

export interface Asking {
  /** Whether a topic that is missing is created. */
  readonly createIt: boolean
  /** As whom we ask. */
  readonly security: Security
}

/** Asks the broker. Rejects with TOPIC_MISSING, TOPIC_DENIED, TOPIC_COMPACTED or TOPIC_UNKNOWN, all with hints. */
export async function askTopic(admin: Admin, topic: string, { createIt, security }: Asking): Promise<TopicFacts> {
  const partitions = await countPartitions(admin, topic).catch(async (error: unknown) => {
    if (innermost(error).type !== 'UNKNOWN_TOPIC_OR_PARTITION' || !createIt) {
      throw topicFault({ topic, operation: 'Describe', security }, error)
    }
    return createTopic(admin, topic, security)
  })
  const settings = await askSettings(admin, topic)
  if (
    settings.cleanup
      .split(',')
      .map((policy) => policy.trim())
      .includes('compact')
  )
    throw compacted(topic)
  return { partitions, maxMessageBytes: settings.maxMessageBytes }
}

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0
}

async function createTopic(admin: Admin, topic: string, security: Security): Promise<number> {
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: -1, replicationFactor: -1 }], waitForLeaders: true })
    return await countPartitions(admin, topic)
  } catch (error) {
    throw topicFault({ topic, operation: 'Create', security }, error)
  }
}

/** Null and an empty policy where we have no right to ask (DescribeConfigs on the topic). */
async function askSettings(admin: Admin, topic: string): Promise<{ maxMessageBytes: number | null; cleanup: string }> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes', 'cleanup.policy'] },
      ],
    })
    const entries = new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]))
    const limit = Number(entries.get('max.message.bytes'))
    return { maxMessageBytes: limit > 0 ? limit : null, cleanup: entries.get('cleanup.policy') ?? '' }
  } catch (error) {
    if (!isDenial(innermost(error).type)) throw error
    return { maxMessageBytes: null, cleanup: '' }
  }
}

function compacted(topic: string): PannierError {
  return new PannierError(
    `topic "${topic}" has cleanup.policy=compact: keyed by file path, it would keep one message of each file`,
    {
      code: 'TOPIC_COMPACTED',
      hint: `use another topic, or: kafka-configs.sh --alter --topic ${topic} --add-config cleanup.policy=delete`,
      retriable: true,
    },
  )
}

interface Tried {
  readonly topic: string
  readonly operation: Operation
  readonly security: Security
}

function topicFault({ topic, operation, security }: Tried, error: unknown): PannierError {
  const inner = innermost(error)
  if (inner.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    const hint = `create it (kafka-topics.sh --create --topic ${topic} --partitions 3), correct [kafka_conf] topic, or set create_topic = yes`
    return new PannierError(`topic "${topic}" does not exist`, {
      code: 'TOPIC_MISSING',
      hint,
      retriable: true,
      cause: error,
    })
  }
  if (isDenial(inner.type)) return denied(topic, operation, security.principal, error)
  const missing = securityFault(error, security.config)
  if (missing !== null) return asError(missing)
  return new PannierError(`topic "${topic}": ${inner.message}`, {
    code: 'TOPIC_UNKNOWN',
    retriable: true,
    cause: error,
  })
}
