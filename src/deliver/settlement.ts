// The way back: what the lanes tell of a batch becomes settled bytes, or bytes to be read again.

import type { MessageConfig } from '../config/config.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Chunk } from '../lines/chunk.ts'
import type { Batch } from '../message/batch.ts'
import { hex32 } from '../message/format.ts'
import { messagesOf } from '../message/unpack.ts'
import type { Emit } from '../observe/events.ts'
import type { PannierError } from '../support/errors.ts'
import type { SlabPool } from '../support/slabs.ts'
import type { SendOutcome } from './broker.ts'
import { type Burials, isLost } from './burials.ts'
import { type Health, kindOf } from './health.ts'
import type { Lane, LaneWatcher } from './lane.ts'
import type { Probes } from './probes.ts'
import type { Routes } from './routes.ts'

export interface SettlementParts {
  readonly pool: SlabPool
  readonly health: Health
  readonly emit: Emit
  readonly routes: () => Routes
  /** Told what batches took when they were laid out and when they were sent; null where nothing is compressed. */
  readonly tally: { packed(encoded: number, sent: number): void } | null
  readonly probes: Probes
  readonly burials: Burials
  /** What a dead letter says besides. */
  readonly facts: {
    readonly host: string
    readonly formatOf: (file: TrackedFile) => MessageConfig['format']
  }
  /** Wakes the round. */
  readonly ring: () => void
}

export class Settlement implements LaneWatcher {
  readonly #parts: SettlementParts

  constructor(parts: SettlementParts) {
    this.#parts = parts
  }

  acked(batch: Batch, firstOffset: number): void {
    const { pool, ring, health, probes, tally } = this.#parts
    for (const chunk of batch.chunks) {
      probes.acked(chunk.file)
      chunk.file.settle(chunk, 'shipped', firstOffset + chunk.firstRecord)
    }
    tally?.packed(batch.codec === 0 ? batch.end : batch.encoded, batch.end)
    pool.release(batch.slab)
    health.well(`${batch.topic}/${batch.partition}`)
    ring()
  }

  returned(batch: Batch, outcome: SendOutcome): void {
    const { pool, ring, routes } = this.#parts
    if (outcome.kind === 'too_large' && routes().tooLarge(batch.topic, batch.end)) this.#recut(batch, outcome.reason)
    else if (outcome.kind === 'too_large' || outcome.kind === 'invalid') this.#refusedForGood(batch, outcome.reason)
    else this.#reread(batch)
    pool.release(batch.slab)
    ring()
  }

  failing(lane: Lane, reason: string, fault?: PannierError): void {
    const what = `${lane.topic}/${lane.partition}`
    const kind = fault?.code ?? kindOf(reason)
    if (kind === 'UNKNOWN_TOPIC_OR_PARTITION') this.#parts.routes().doubt(lane.topic)
    this.#parts.health.failing(what, kind, reason, fault?.hint)
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
      if (isLost(chunk)) this.#abandon(chunk)
      else file.unread(chunk)
    }
  }

  /** Its file is no more, and the message cannot go as it is. */
  #abandon(chunk: Chunk): void {
    const { before, after, file } = chunk
    file.settle(chunk, 'abandoned', null)
    this.#parts.emit({ name: 'chunk_abandoned', file, offset: before.offset, abandoned: after.offset - before.offset })
  }

  #refusedForGood(batch: Batch, reason: string): void {
    const { probes, burials } = this.#parts
    const [chunk] = batch.chunks
    if (chunk === undefined || batch.chunks.length > 1 || batch.codec !== 0) {
      // One of several is refused: each travels alone once, and as it is, since a dead letter holds what was refused.
      for (const { file } of batch.chunks) probes.sendAlone(file)
      return this.#recut(batch, reason)
    }
    if (chunk.file.rereadable && chunk.records > 1) probes.halve(chunk)
    if (chunk.file.rereadable && (chunk.records > 1 || !burials.hasRoom)) return this.#reread(batch)
    this.#bury(batch, chunk, reason)
  }

  /** Read again and cut anew; what nothing holds any more is kept as it is, where it was not compressed. */
  #recut(batch: Batch, reason: string): void {
    if (batch.codec !== 0) return this.#reread(batch)
    for (const chunk of batch.chunks.filter(isLost)) this.#bury(batch, chunk, reason)
    this.#reread({ ...batch, chunks: batch.chunks.filter((chunk) => !isLost(chunk)) })
  }

  #bury(batch: Batch, chunk: Chunk, reason: string): void {
    const { host, formatOf } = this.#parts.facts
    const messages = messagesOf(batch).slice(chunk.firstRecord, chunk.firstRecord + chunk.records)
    const { before, after, file, session, crc32 } = chunk
    this.#parts.burials.add(chunk, {
      file_id: file.id,
      filename: file.birth.path,
      offset: before.offset,
      length: after.offset - before.offset,
      reason,
      host,
      session,
      crc32: hex32(crc32),
      topic: batch.topic,
      partition: batch.partition,
      key: String(messages[0]?.key ?? ''),
      format: formatOf(file),
      headers: messages.map(({ headers }) => textOf(headers)),
      messages: messages.map(({ value }) => value.toString('base64')),
    })
  }
}

const textOf = (headers: Readonly<Record<string, Buffer>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]))
