// Messages laid out as one batch again: what `unpack.ts` takes apart.

import { BATCH_HEAD, type Batch, newBatch } from './batch.ts'
import { encodeHeader, putRecordHead, putVarint, RECORD_OVERHEAD_MAX } from './record.ts'

export interface Packable {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export interface Destined {
  readonly topic: string
  readonly partition: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** A batch as large as its messages. */
export function batchOf(messages: readonly Packable[], { topic, partition, timestamp }: Destined): Batch {
  const encoded = messages.map((message) => ({ ...message, headers: headersOf(message) }))
  const size = encoded.reduce((sum, { key, value, headers }) => sum + lengthOf(key, value, headers), BATCH_HEAD)
  const batch = newBatch({ topic, partition, timestamp, slab: { bytes: Buffer.allocUnsafe(size) }, limit: size })
  const { bytes } = batch.slab
  for (const { key, value, headers } of encoded) {
    let at = putRecordHead(bytes, batch.end, batch.records++, key, value.length, headers.length)
    at += value.copy(bytes, at)
    batch.end = at + headers.copy(bytes, at)
  }
  return batch
}

const lengthOf = (key: Buffer, value: Buffer, headers: Buffer): number =>
  RECORD_OVERHEAD_MAX + key.length + value.length + headers.length

function headersOf({ headers }: Packable): Buffer {
  const named = Object.entries(headers).map(([name, value]) => encodeHeader(name, value))
  const count = Buffer.alloc(5)
  return Buffer.concat([count.subarray(0, putVarint(count, 0, named.length)), ...named])
}
