// A batch's bytes on their way through kafkajs: the message that stands for them, and which socket holds them.

import type { Socket } from 'node:net'
import type { Batch } from '../message/batch.ts'

/** What kafkajs is handed as its one message. `value` satisfies its check that a message has one. */
export interface RegionMessage {
  readonly value: null
  readonly partition: number
  readonly region: Region
}

export class Region {
  readonly batch: Batch
  /** Bytes may have reached a socket: from then on only the broker's answer to them says that they were not taken. */
  written = false
  /** What the request itself failed with; kafkajs goes on to ask for metadata, and rejects with what that failed with. */
  failure: unknown = null
  /** Milliseconds that the broker's quota made it wait before it was written. */
  excused = 0
  #socket: Socket | null = null
  #over = false

  constructor(batch: Batch) {
    this.batch = batch
  }

  get bytes(): Buffer {
    return this.batch.slab.bytes.subarray(0, this.batch.end)
  }

  /** The bytes belong to somebody else by now. */
  get over(): boolean {
    return this.#over
  }

  writtenTo(socket: Socket): void {
    this.written = true
    this.#socket = socket
  }

  /**
   * After this no socket reads the slab, whatever kafkajs still has in mind. A socket whose answer did not come is
   * destroyed: it may hold bytes of the slab that it could not send yet.
   */
  end(answered: boolean): void {
    this.#over = true
    if (!answered) this.#socket?.destroy(new Error('no answer to a produce request'))
    this.#socket = null
  }
}

export const isRegionMessage = (message: object | undefined): message is RegionMessage =>
  message !== undefined && 'region' in message && message.region instanceof Region
