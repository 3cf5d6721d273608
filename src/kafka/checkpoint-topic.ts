// The topic that holds the checkpoint with delivery = exactly_once: made where it is missing, and read back.

import kafkajs, { type Admin } from 'kafkajs'
import { SEAL, type Seal } from '../deliver/transaction.ts'
import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'
import type { ClientSettings } from './client.ts'
import { openReader } from './reader.ts'

const FORMAT = 1

/** Makes it where it is missing. Rejects with CHECKPOINT_TOPIC where it is there and will not do. */
export async function readyCheckpointTopic(admin: Admin, topic: string): Promise<void> {
  if (!(await isCheckpointTopic(admin, topic))) await createIt(admin, topic)
}

/** False: it is not there. Rejects with CHECKPOINT_TOPIC where it will not do. */
export async function isCheckpointTopic(admin: Admin, topic: string): Promise<boolean> {
  const found = await partitionsOf(admin, topic)
  if (found === null) return false
  const policy = await policyOf(admin, topic)
  const hint = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=compact`
  if (policy !== null && policy !== 'compact')
    throw unfit(topic, `has cleanup.policy=${policy}: what it holds would be deleted in time`, hint)
  if (found !== 1) throw unfit(topic, `has ${found} partitions, and one is needed`, 'name another checkpoint_topic')
  return true
}

/** Null: there is no such topic. */
async function partitionsOf(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics.find(({ name }) => name === topic)?.partitions.length ?? null
  } catch (error) {
    if (innermost(error).type === 'UNKNOWN_TOPIC_OR_PARTITION') return null
    throw error
  }
}

async function createIt(admin: Admin, topic: string): Promise<void> {
  const configEntries = [{ name: 'cleanup.policy', value: 'compact' }]
  await admin.createTopics({
    topics: [{ topic, numPartitions: 1, replicationFactor: -1, configEntries }],
    waitForLeaders: true,
  })
}

/** Null where we have no right to ask. */
async function policyOf(admin: Admin, topic: string): Promise<string | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['cleanup.policy'] }],
    })
    return resources[0]?.configEntries[0]?.configValue ?? null
  } catch (error) {
    if (innermost(error).type?.endsWith('AUTHORIZATION_FAILED') === true) return null
    throw error
  }
}

function unfit(topic: string, why: string, hint: string): PannierError {
  return new PannierError(`topic "${topic}" ${why}`, { code: 'CHECKPOINT_TOPIC', hint, retriable: true })
}

/** Reads committed records from `from` to the end; the last seal among them, and all by key where they are wanted. */
export async function readCheckpointTopic(
  settings: ClientSettings,
  topic: string,
  from: number,
  into: Map<string, string> | null,
): Promise<Seal | null> {
  const reader = openReader(settings, settings.requestTimeout)
  let seal: Seal | null = null
  try {
    const bounds = (await reader.bounds(topic)).get(0)
    if (bounds === undefined) return null
    for await (const records of reader.read(topic, 0, Math.max(from, bounds.start), bounds.end))
      for (const { key, value } of records) {
        const name = key?.toString() ?? ''
        if (name === SEAL && value !== null) seal = parseSeal(value.toString())
        else if (value === null) into?.delete(name)
        else into?.set(name, value.toString())
      }
    return seal
  } finally {
    reader.close()
  }
}

function parseSeal(text: string): Seal {
  const { v, ...seal } = JSON.parse(text) as Seal & { v: number }
  if (v === FORMAT) return seal
  throw new PannierError(`the checkpoint topic has format ${v}, this version knows ${FORMAT}`, {
    code: 'STATE_VERSION',
    hint: 'use the newer version of Pannier that wrote it, or name another checkpoint_topic',
  })
}
