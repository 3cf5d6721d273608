// The 61 bytes before the records of a batch: https://kafka.apache.org/documentation/#recordbatch

import { BATCH_HEAD } from '../message/batch.ts'
import type { Crc32c } from './crc32c.ts'

export interface BatchHead {
  readonly records: number
  /** Milliseconds since the epoch, of all records. */
  readonly timestamp: number
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly transactional: boolean
  /** Kafka's number of what the records are compressed by. */
  readonly codec: number
}

const CRC_AT = 17
const CRC_FROM = 21
const MAGIC = 2
const TRANSACTIONAL = 16

/** Writes the head in front of the records of `bytes[0, end)`. */
export function putBatchHead(bytes: Buffer, end: number, head: BatchHead, crc32c: Crc32c): void {
  bytes.writeBigInt64BE(0n, 0) // base offset: the broker's to give
  bytes.writeInt32BE(end - 12, 8)
  bytes.writeInt32BE(0, 12) // leader epoch
  bytes[16] = MAGIC
  bytes.writeInt16BE(head.codec | (head.transactional ? TRANSACTIONAL : 0), CRC_FROM)
  bytes.writeInt32BE(head.records - 1, 23)
  bytes.writeBigInt64BE(BigInt(head.timestamp), 27)
  bytes.writeBigInt64BE(BigInt(head.timestamp), 35)
  bytes.writeBigInt64BE(head.producerId, 43)
  bytes.writeInt16BE(head.producerEpoch, 51)
  bytes.writeInt32BE(head.firstSequence, 53)
  bytes.writeInt32BE(head.records, BATCH_HEAD - 4)
  bytes.writeUInt32BE(crc32c(bytes.subarray(CRC_FROM, end)), CRC_AT)
}
