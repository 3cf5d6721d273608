// Records of the checkpoint topic in batches that any topic takes, and how Kafka counts records. Pure.

import type { KeyedRecord } from '../deliver/transaction.ts'

interface KeyedMessage {
  readonly key: string
  readonly value: Buffer | null
}

/** Bytes of a batch: half of what a topic takes as a rule. */
const BATCH_BYTES = 512 * 1024
/** What a record takes beside key and value, at most. */
const RECORD_OVERHEAD = 32
const INT32_MAX = 2 ** 31 - 1

export function* inBatches(records: Iterable<KeyedRecord>): Generator<KeyedMessage[]> {
  let batch: KeyedMessage[] = []
  let bytes = 0
  for (const { key, value } of records) {
    const message = { key, value: value === null ? null : Buffer.from(value) }
    const size = key.length + (message.value?.length ?? 0) + RECORD_OVERHEAD
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(message)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** It starts anew behind the largest: org.apache.kafka.common.record.DefaultRecordBatch.incrementSequence. */
export const nextSequence = (sequence: number, count: number): number =>
  sequence > INT32_MAX - count ? count - (INT32_MAX - sequence) - 1 : sequence + count
