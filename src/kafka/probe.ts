// `pannier check` asks Kafka here: is each broker there, and is each topic fit to be written to? Nothing is created or written.

import type { Admin } from 'kafkajs'
import type { TopicFacts } from '../deliver/broker.ts'
import { PannierError } from '../support/errors.ts'
import { isCheckpointTopic } from './checkpoint-topic.ts'
import { type ClientSettings, createClient } from './client.ts'
import { type ConnectionFault, connectionFault } from './connection-fault.ts'
import { withDeadline } from './deadline.ts'
import { Security } from './security/security.ts'
import { askTopic, type Creation, createTopic, newTopicOf } from './topic.ts'
import { mayWrite } from './topic-rights.ts'

export type ProbeSettings = ClientSettings & Creation

export interface BrokerProbe {
  readonly address: string
  readonly fault: ConnectionFault | null
  /** The addresses that the cluster tells its clients to use; empty where the broker was not reached. */
  readonly advertised: readonly string[]
}

export interface TopicProbe {
  readonly topic: string
  readonly facts: TopicFacts | null
  /** Why there are no facts, or no trust in them. */
  readonly fault: PannierError | null
  /** Null when the broker does not say. */
  readonly mayWrite: boolean | null
  /** As whom the broker sees us. */
  readonly principal: string
  /** Partitions that have no leader now: nothing can be written to them. */
  readonly leaderless: readonly number[]
}

/** A person waits for the answer: nothing here may take as long as `request_timeout` allows a busy agent. Milliseconds. */
const PATIENCE = 4_000
/** Of one broker from the first packet to its last answer. */
const BROKER_PATIENCE = 8_000

/** Each by itself, at the same time. Never rejects. */
export function probeBrokers(settings: ProbeSettings, addresses: readonly string[]): Promise<BrokerProbe[]> {
  const security = new Security(settings.security)
  return Promise.all(addresses.map((address) => probeBroker(settings, address, security)))
}

async function probeBroker(settings: ProbeSettings, address: string, security: Security): Promise<BrokerProbe> {
  const client = hurriedClient({ ...settings, brokers: [address] }, security)
  try {
    const cluster = client.withAdmin((admin) => admin.describeCluster())
    const { brokers } = await withDeadline(cluster, BROKER_PATIENCE, address)
    return { address, fault: null, advertised: brokers.map(({ host, port }) => `${host}:${port}`) }
  } catch (error) {
    const cause = error instanceof PannierError ? (error.cause ?? error) : error
    return { address, fault: connectionFault(cause, security.config), advertised: [] }
  } finally {
    client.destroy('the check is over')
  }
}

/** One after the other over one client. Never rejects. */
export async function probeTopics(settings: ProbeSettings, topics: readonly string[]): Promise<TopicProbe[]> {
  const security = new Security(settings.security)
  const client = hurriedClient(settings, security)
  const probes: TopicProbe[] = []
  try {
    for (const topic of topics) {
      const answer = client.withAdmin((admin) =>
        probeTopic(admin, topic, security).catch(orCreation(admin, topic, settings, security)),
      )
      probes.push(
        await withDeadline(answer, BROKER_PATIENCE, `topic "${topic}"`).catch((error) =>
          unknown(topic, error, security),
        ),
      )
    }
  } finally {
    client.destroy('the check is over')
  }
  return probes
}

async function probeTopic(admin: Admin, topic: string, security: Security): Promise<TopicProbe> {
  const facts = await askTopic(admin, topic, { newTopic: null, security })
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = topics.find(({ name }) => name === topic)?.partitions ?? []
  const leaderless = partitions.filter(({ leader }) => leader < 0).map(({ partitionId }) => partitionId)
  // A broker that does not say is no obstacle: the other findings stand.
  const writable = await mayWrite(admin, topic, PATIENCE).catch(() => null)
  return { topic, facts, fault: null, mayWrite: writable, principal: security.principal, leaderless }
}

/** What is missing is fine where it can be created: the broker is asked whether it would. */
const orCreation =
  (admin: Admin, topic: string, settings: Creation, security: Security) =>
  async (error: unknown): Promise<never> => {
    const newTopic = newTopicOf(settings)
    const isMissing = error instanceof PannierError && error.code === 'TOPIC_MISSING'
    if (isMissing && newTopic !== null) await createTopic(admin, topic, { newTopic, security }, true)
    throw error
  }

function unknown(topic: string, error: unknown, security: Security): TopicProbe {
  const { reason, hint } = connectionFault(error, security.config)
  const other = { code: 'TOPIC_UNKNOWN', hint, retriable: true, cause: error }
  const fault = error instanceof PannierError ? error : new PannierError(`topic "${topic}": ${reason}`, other)
  return { topic, facts: null, fault, mayWrite: null, principal: security.principal, leaderless: [] }
}

/** Whether the checkpoint topic is there, or why it will not do. Never rejects. */
export async function probeCheckpoint(settings: ProbeSettings, topic: string): Promise<boolean | PannierError> {
  const client = hurriedClient(settings, new Security(settings.security))
  try {
    const answer = client.withAdmin((admin) => isCheckpointTopic(admin, topic))
    return await withDeadline(answer, BROKER_PATIENCE, `topic "${topic}"`)
  } catch (error) {
    if (error instanceof PannierError) return error
    const { reason, hint } = connectionFault(error)
    return new PannierError(`topic "${topic}": ${reason}`, { code: 'TOPIC_UNKNOWN', hint, cause: error })
  } finally {
    client.destroy('the check is over')
  }
}

const hurriedClient = (settings: ProbeSettings, security: Security): ReturnType<typeof createClient> =>
  createClient({ ...settings, requestTimeout: Math.min(settings.requestTimeout, PATIENCE) }, security)
