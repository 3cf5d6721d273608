// What passes from wrap to deliver: records laid out in a region of a pooled slab, with the ranges they were made from.

import type { Chunk } from '../lines/chunk.ts'
import type { Slab } from '../support/slabs.ts'

/** Bytes of a record batch before its records: https://kafka.apache.org/documentation/#recordbatch */
export const BATCH_HEAD = 61

export interface Batch {
  readonly topic: string
  readonly partition: number
  readonly slab: Slab
  /** The batch takes `slab.bytes[0, end)`; the records begin at BATCH_HEAD, what is before is deliver's to write. */
  end: number
  records: number
  readonly chunks: Chunk[]
  /** Bytes that the whole batch may take, head included. */
  readonly limit: number
  /** Kafka's number of what the records are compressed by since they were laid out; 0: nothing. */
  codec: number
  /** Bytes that it took before. */
  encoded: number
  /** It is to be sent as it was laid out. */
  plain: boolean
  /** Of all its records: when the first bytes in it were read. Milliseconds since the epoch. */
  readonly timestamp: number
}

export interface NewBatch {
  readonly topic: string
  readonly partition: number
  readonly slab: Slab
  readonly limit: number
  readonly timestamp: number
}

export const newBatch = (start: NewBatch): Batch => ({
  ...start,
  end: BATCH_HEAD,
  records: 0,
  chunks: [],
  codec: 0,
  encoded: 0,
  plain: false,
})

export const roomIn = (batch: Batch): number => batch.limit - batch.end
