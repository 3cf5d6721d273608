// The records of a batch as objects again: for kafkajs' own encoder, for stdout, and for dead letters.

import { BATCH_HEAD, type Batch } from './batch.ts'

export interface Unpacked {
  readonly key: Buffer
  /** A view of the batch: copy it to keep it. */
  readonly value: Buffer
  readonly headers: Readonly<Record<string, Buffer>>
}

/** The batch's records, in order. */
export function messagesOf(batch: Batch): Unpacked[] {
  const { bytes } = batch.slab
  const messages: Unpacked[] = []
  let at = BATCH_HEAD
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] as number
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value / 2
    }
  }
  const take = (length: number): Buffer => {
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < batch.end) {
    varint() // length of the record
    at += 2 // attributes, timestamp delta
    varint() // offset delta
    const key = take(varint())
    const value = take(varint())
    const headers: Record<string, Buffer> = {}
    for (let left = varint(); left > 0; left--) {
      const name = take(varint()).toString()
      headers[name] = take(varint())
    }
    messages.push({ key, value, headers })
  }
  return messages
}
