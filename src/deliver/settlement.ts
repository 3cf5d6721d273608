// The way back: what the lanes tell of a batch becomes settled bytes, or bytes to be read again.

import type { TrackedFile } from '../files/tracked-file.ts'
import type { Chunk } from '../lines/chunk.ts'
import type { Batch } from '../message/batch.ts'
import { messagesOf } from '../message/unpack.ts'
import type { Emit } from '../observe/events.ts'
import type { DeadLetter } from '../state/dead-letters.ts'
import type { PannierError } from '../support/errors.ts'
import type { SlabPool } from '../support/slabs.ts'
import type { SendOutcome } from './broker.ts'
import { type Health, kindOf } from './health.ts'
import type { Lane, LaneWatcher } from './lane.ts'
import type { Routes } from './routes.ts'

export interface SettlementParts {
  readonly pool: SlabPool
  readonly health: Health
  readonly emit: Emit
  readonly routes: () => Routes
  /** Told what batches took when they were laid out and when they were sent; null where nothing is compressed. */
  readonly tally: { packed(encoded: number, sent: number): void } | null
  /** Wakes the round. */
  readonly ring: () => void
}

export class Settlement implements LaneWatcher {
  /** Refused for good; settled once they are durable. */
  readonly dead: { readonly chunk: Chunk; readonly letter: DeadLetter }[] = []
  /** Files whose next messages travel alone, to find the one that the broker refuses. */
  readonly alone = new Set<TrackedFile>()
  readonly #parts: SettlementParts

  constructor(parts: SettlementParts) {
    this.#parts = parts
  }

  acked(batch: Batch, firstOffset: number): void {
    const { pool, ring, health, tally } = this.#parts
    for (const chunk of batch.chunks) {
      chunk.file.settle(chunk, 'shipped', firstOffset + chunk.firstRecord)
    }
    tally?.packed(batch.codec === 0 ? batch.end : batch.encoded, batch.end)
    pool.release(batch.slab)
    health.well(`${batch.topic}/${batch.partition}`)
    ring()
  }

  returned(batch: Batch, outcome: SendOutcome): void {
    const { pool, ring, routes } = this.#parts
    if (outcome.kind === 'too_large' && routes().tooLarge(batch.topic, batch.end)) this.#reread(batch)
    else if (outcome.kind === 'too_large' || outcome.kind === 'invalid') this.#refusedForGood(batch, outcome.reason)
    else this.#reread(batch)
    pool.release(batch.slab)
    ring()
  }

  failing(lane: Lane, reason: string, fault?: PannierError): void {
    const what = `${lane.topic}/${lane.partition}`
    if (fault === undefined) this.#parts.health.failing(what, kindOf(reason), reason)
    else this.#parts.health.failing(what, fault.code, reason, fault.hint)
  }

  rested(): void {
    this.#parts.ring()
  }

  canReread(batch: Batch): boolean {
    return batch.chunks.every(({ file }) => file.rereadable)
  }

  #reread(batch: Batch): void {
    for (const chunk of batch.chunks) {
      const { file } = chunk
      // What lost its inode may go on in a copy, or a `.gz`, that the next look finds; what does not is given up there. What
      // cannot be reached comes back with its volume.
      if (file.rereadable || file.life === 'displaced' || file.life === 'missing') file.unread(chunk)
      else this.#abandon(chunk)
    }
  }

  /** Its file is no more, and the message cannot go as it is. */
  #abandon(chunk: Chunk): void {
    const { before, after, file } = chunk
    file.settle(chunk, 'abandoned', null)
    this.#parts.emit({ name: 'chunk_abandoned', file, offset: before.offset, abandoned: after.offset - before.offset })
  }

  #refusedForGood(batch: Batch, reason: string): void {
    const [chunk] = batch.chunks
    if (chunk === undefined || batch.chunks.length > 1 || batch.codec !== 0) {
      // One of several is refused: each travels alone once, and as it is, since a dead letter holds what was refused.
      for (const { file } of batch.chunks) this.alone.add(file)
      return this.#reread(batch)
    }
    const messages = messagesOf(batch).map(({ value }) => Buffer.from(value).toString('base64'))
    const { before, after, file } = chunk
    const length = after.offset - before.offset
    const letter = { file_id: file.id, filename: file.birth.path, offset: before.offset, length, reason, messages }
    this.dead.push({ chunk, letter })
  }
}
