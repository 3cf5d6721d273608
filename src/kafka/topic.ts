// What the agent must know of a topic before it sends: partitions, the size limit, and that it does not throw records away by key.

import kafkajs, { type Admin } from 'kafkajs'
import type { NewTopic } from '../config/config.ts'
import type { TopicFacts } from '../deliver/broker.ts'
import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'
import { asError, securityFault } from './connection-fault.ts'
import { denied, isDenial, type Operation } from './denied.ts'
import type { Security } from './security/security.ts'

export interface Asking {
  /** What a topic that is missing is created with; null leaves it missing. */
  readonly newTopic: NewTopic | null
  /** As whom we ask. */
  readonly security: Security
}

export interface Creation {
  readonly createTopic?: boolean
  /** What a topic is created with; default: as the broker likes. */
  readonly newTopic?: NewTopic
}

/** Null where none may be created. */
export const newTopicOf = ({ createTopic: may, newTopic }: Creation): NewTopic | null =>
  may === true ? (newTopic ?? { partitions: null, replication: null, configs: {} }) : null

/** Asks the broker. Rejects with TOPIC_MISSING, TOPIC_DENIED, TOPIC_COMPACTED, TOPIC_UNCREATED or TOPIC_UNKNOWN, all with hints. */
export async function askTopic(admin: Admin, topic: string, { newTopic, security }: Asking): Promise<TopicFacts> {
  const partitions = await countPartitions(admin, topic).catch(async (error: unknown) => {
    if (innermost(error).type !== 'UNKNOWN_TOPIC_OR_PARTITION' || newTopic === null) {
      throw topicFault({ topic, operation: 'Describe', security }, error)
    }
    await createTopic(admin, topic, { newTopic, security }, false)
    return countPartitions(admin, topic)
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

interface Creating {
  readonly newTopic: NewTopic
  readonly security: Security
}

/** @param inWordsOnly the broker is asked whether it would. Rejects with TOPIC_UNCREATED or TOPIC_DENIED. */
export async function createTopic(
  admin: Admin,
  topic: string,
  { newTopic, security }: Creating,
  inWordsOnly: boolean,
): Promise<void> {
  const configEntries = Object.entries(newTopic.configs).map(([name, value]) => ({ name, value }))
  const size = { numPartitions: newTopic.partitions ?? -1, replicationFactor: newTopic.replication ?? -1 }
  const topics = [{ topic, ...size, configEntries }]
  try {
    await admin.createTopics({ topics, validateOnly: inWordsOnly, waitForLeaders: !inWordsOnly })
  } catch (error) {
    if (innermost(error).type === 'TOPIC_ALREADY_EXISTS') return
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

/** By the word of the protocol. */
const SETTING: Readonly<Record<string, string>> = {
  INVALID_REPLICATION_FACTOR: 'create_topic_replication (there are fewer brokers than that)',
  INVALID_PARTITIONS: 'create_topic_partitions',
  INVALID_CONFIG: 'create_topic_config',
  INVALID_TOPIC_EXCEPTION: 'topic (one with . in the place of _, or the reverse, is there already)',
  POLICY_VIOLATION: "topic or create_topic_*, as the cluster's own policy wants it",
}

function uncreated(topic: string, error: Error & { type?: string }): PannierError {
  const setting = SETTING[error.type ?? '']
  const hint = setting === undefined ? 'create it yourself, or try again later' : `correct [kafka_conf] ${setting}`
  const reason = error.type === undefined ? error.message : `${error.type}: ${error.message}`
  return new PannierError(`topic "${topic}" cannot be created: ${reason}`, {
    code: 'TOPIC_UNCREATED',
    hint,
    retriable: true,
    cause: error,
  })
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
  if (operation === 'Create') return uncreated(topic, inner)
  return new PannierError(`topic "${topic}": ${inner.message}`, {
    code: 'TOPIC_UNKNOWN',
    retriable: true,
    cause: error,
  })
}
