/** Reads a whole topic, from its beginning to the offsets that are its end at the start, in bounded memory. */

import { randomBytes } from 'node:crypto'
import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import { readAllCodecs } from '../../src/kafka/codecs/for-reading.ts'
import { kafkaClient } from '../kafka/client.ts'
import { Baton } from './baton.ts'

export interface TopicRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

export interface ReadOptions {
  /** Milliseconds without progress after which the reader gives up with an error. */
  readonly patience?: number
}

/** Records of one partition come in order; nothing is said about the order of partitions. */
export async function* readTopic(
  brokers: readonly string[],
  topic: string,
  options: ReadOptions = {},
): AsyncGenerator<TopicRecord> {
  readAllCodecs()
  const kafka = kafkaClient(brokers)
  const admin = kafka.admin()
  const groupId = `pannier-oracle-${randomBytes(8).toString('hex')}`
  const consumer = kafka.consumer({ groupId, maxBytes: 8 << 20, maxBytesPerPartition: 4 << 20, maxWaitTimeInMs: 200 })
  try {
    await admin.connect()
    const left = await unread(admin.fetchTopicOffsets(topic))
    if (left.size === 0) return
    const baton = new Baton<EachBatchPayload>(options.patience ?? 60_000)
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || baton.fail(payload.error))
    // Also said of a batch that held nothing but a transaction's markers, which no handler is shown.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      if (Number(lastOffset) + 1 >= (left.get(partition) ?? 0)) left.delete(partition)
      if (left.size === 0) baton.finish()
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: (payload) => baton.hand(payload, () => payload.heartbeat()) })
    const next = new Map<number, number>()
    for await (const { batch } of baton) {
      for (const message of batch.messages) {
        const offset = Number(message.offset)
        // A group that had to join again begins at the first offset again.
        if (offset < (next.get(batch.partition) ?? 0) || offset >= (left.get(batch.partition) ?? 0)) continue
        next.set(batch.partition, offset + 1)
        yield recordOf(batch.partition, message)
      }
    }
  } finally {
    await consumer.disconnect()
    await admin.deleteGroups([groupId]).catch(() => {})
    await admin.disconnect()
  }
}

/** The end offset of every partition that holds anything. */
async function unread(
  offsets: Promise<{ partition: number; low: string; high: string }[]>,
): Promise<Map<number, number>> {
  const filled = (await offsets).filter(({ low, high }) => Number(low) < Number(high))
  return new Map(filled.map(({ partition, high }) => [partition, Number(high)]))
}

function recordOf(partition: number, { offset, key, value, headers, timestamp }: KafkaMessage): TopicRecord {
  return {
    partition,
    offset: Number(offset),
    key: key?.toString() ?? null,
    value: value ?? Buffer.alloc(0),
    headers: textHeaders(headers ?? {}),
    timestamp: Number(timestamp),
  }
}

function textHeaders(headers: IHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    String(Array.isArray(value) ? value[0] : value),
  ])
  return Object.fromEntries(entries)
}
