// What a consumer that follows law 3 has of each file: the ranges it holds, the bytes in them, and what came twice or late.

import { type Range, takeNew } from '../../tools/oracle/ranges.ts'
import { type DecodedMessage, decodeMessage } from '../../tools/oracle/source-bytes.ts'
import type { Taken } from './broker.ts'

export interface HeldFile {
  readonly fileId: string
  readonly filename: string
  readonly ranges: Range[]
  readonly bytes: Buffer
  /** What each message said, in the order in which they came. */
  readonly messages: readonly DecodedMessage[]
  /** Bytes that were held already when they came. */
  readonly duplicated: number
  /** Messages that began behind a hole when they came. */
  readonly early: number
}

export class Consumer {
  readonly #taken: readonly Taken[]
  readonly #files = new Map<string, Holding>()
  #next = 0

  constructor(taken: readonly Taken[]) {
    this.#taken = taken
  }

  /** By file id, with all that came until now. */
  get files(): ReadonlyMap<string, HeldFile> {
    for (; this.#next < this.#taken.length; this.#next++) {
      const message = decodeMessage(this.#taken[this.#next] as Taken)
      const file = this.#files.get(message.fileId) ?? new Holding(message)
      this.#files.set(message.fileId, file)
      file.add(message)
    }
    return this.#files
  }
}

class Holding implements HeldFile {
  readonly fileId: string
  readonly filename: string
  readonly ranges: Range[] = []
  readonly messages: DecodedMessage[] = []
  duplicated = 0
  early = 0
  #space = Buffer.alloc(1024)
  #end = 0

  constructor({ fileId, filename }: DecodedMessage) {
    this.fileId = fileId
    this.filename = filename
  }

  get bytes(): Buffer {
    return this.#space.subarray(0, this.#end)
  }

  add(message: DecodedMessage): void {
    const { offset, bytes } = message
    const end = offset + bytes.length
    if (offset > (this.ranges[0]?.[1] ?? 0)) this.early++
    this.messages.push(message)
    this.#grow(end)
    let fresh = 0
    for (const [from, to] of takeNew(this.ranges, offset, end)) {
      bytes.copy(this.#space, from, from - offset, to - offset)
      fresh += to - from
    }
    this.duplicated += bytes.length - fresh
  }

  #grow(end: number): void {
    this.#end = Math.max(this.#end, end)
    if (this.#space.length >= end) return
    const space = Buffer.alloc(end * 2)
    this.#space.copy(space)
    this.#space = space
  }
}
