// A batch's bytes on their way through kafkajs: the message that stands for them, and whether a socket has seen them.

import type { Batch } from '../message/batch.ts'

/** What kafkajs is handed as its one message. `value` satisfies its check that a message has one. */
export interface RegionMessage {
  readonly value: null
  readonly partition: number
  readonly region: Region
}

export class Region {
  readonly batch: Batch
  /** Set once the bytes were given to a socket: from then on a failure leaves the outcome unknown. */
  written = false

  constructor(batch: Batch) {
    this.batch = batch
  }

  get bytes(): Buffer {
    return this.batch.slab.bytes.subarray(0, this.batch.end)
  }
}

export const isRegionMessage = (message: object | undefined): message is RegionMessage =>
  message !== undefined && 'region' in message && message.region instanceof Region
