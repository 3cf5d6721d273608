/** Batches laid out from plain messages, without files: what deliver is given by wrap. */

import { type Batch, newBatch } from '../../src/message/batch.ts'
import { encodeHeader, putRecordHead, putVarint, varintLength } from '../../src/message/record.ts'

export interface Plain {
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export interface BatchOf {
  readonly topic: string
  readonly partition?: number
  readonly messages: readonly Plain[]
  readonly timestamp?: number
}

export function batchOf({ topic, partition = 0, messages, timestamp = Date.now() }: BatchOf): Batch {
  const size = messages.reduce((sum, message) => sum + sizeOf(message), 61)
  const batch = newBatch({ topic, partition, slab: { bytes: Buffer.alloc(size) }, limit: size, timestamp })
  for (const message of messages) put(batch, message)
  return batch
}

/** One message of `bytes` bytes. */
export const batchOfSize = (topic: string, bytes: number, partition = 0): Batch =>
  batchOf({ topic, partition, messages: [plain('x'.repeat(bytes))] })

export const plain = (value: string, key = '/var/log/app.log'): Plain => ({
  key,
  value: Buffer.from(value),
  headers: {},
})

function put(batch: Batch, { key, value, headers }: Plain): void {
  const encoded = Object.entries(headers).map(([name, text]) => encodeHeader(name, text))
  const tail = Buffer.concat(encoded)
  const { bytes } = batch.slab
  const headersLength = varintLength(encoded.length) + tail.length
  let at = putRecordHead(bytes, batch.end, batch.records, Buffer.from(key), value.length, headersLength)
  at += value.copy(bytes, at)
  at = putVarint(bytes, at, encoded.length)
  batch.end = at + tail.copy(bytes, at)
  batch.records++
}

function sizeOf({ key, value, headers }: Plain): number {
  const headersSize = Object.entries(headers).reduce((sum, [name, text]) => sum + encodeHeader(name, text).length, 0)
  return 40 + Buffer.byteLength(key) + value.length + headersSize
}
