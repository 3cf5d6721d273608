// Rebuilds files from topics: all messages are read, in order of topic, partition and offset, and each new byte is put in its place.

import { filteredWithin } from '../files/accounts.ts'
import type { TopicReader } from '../kafka/reader.ts'
import { type Decoded, decode, type Received } from '../message/decode.ts'
import { PannierError } from '../support/errors.ts'
import { heldWithin, missingFrom, type Range, takeNew } from '../support/ranges.ts'
import { type Accounts, isOf, type SessionAccount } from './accounts.ts'
import { type Gaps, gapsOf } from './gaps.ts'
import { OutputFolder } from './output-folder.ts'
import type { DamagedRecord } from './proof.ts'
import { type RestoredFile, RestoredFiles } from './restored-files.ts'
import { boundsOf } from './verify.ts'
import type { Bounds } from './windows.ts'

export interface RestoreOptions {
  readonly to: string
  readonly topics: readonly string[]
  /** Only messages of these sessions; see `sessionsOf`. */
  readonly date: string | undefined
  readonly accounts: Accounts
  /** Read again at the end, since an agent may have gone on meanwhile. */
  readonly accountsNow: () => Promise<Accounts>
  readonly dead: DeadLetterSource
}

export interface DeadLetterSource {
  /** What the state directory holds of them, by file id. */
  readonly ranges: ReadonlyMap<string, readonly Range[]>
  /** Their bytes, to be put in; null: they are left holes. */
  readonly bytes: (() => AsyncIterable<Decoded>) | null
}

export interface Restoration {
  readonly folder: string
  readonly files: readonly { readonly file: RestoredFile; readonly gaps: Gaps }[]
  /** Booked as shipped, and nothing of them came. */
  readonly absent: readonly { readonly fileId: string; readonly filename: string; readonly ranges: readonly Range[] }[]
  /** Damaged records whose bytes no other record held. */
  readonly damaged: readonly DamagedRecord[]
  /** Damaged records whose bytes came in others. */
  readonly healed: number
  /** Damaged records of which only the number is known. */
  readonly moreDamaged: number
  readonly foreign: number
  /** Messages that do not say of which session they are, where the books do not say so either. */
  readonly unplaced: number
  readonly gone: readonly string[]
}

const NAMED_AT_MOST = 1000

/** Rejects with RESTORE_NOTHING where no message came; then the folder is as it was. */
export async function restoreFiles(options: RestoreOptions, reader: TopicReader): Promise<Restoration> {
  const bounds = new Map<string, Bounds | null>()
  for (const topic of options.topics) bounds.set(topic, await boundsOf(reader, topic))
  const folder = new OutputFolder(options.to)
  const restore = new Restore(folder, options)
  for (const [topic, partitions] of bounds) {
    for (const [partition, { start, end }] of partitions ?? []) {
      for await (const records of reader.read(topic, partition, start, end)) {
        for (const { offset, value, headers = {} } of records) {
          restore.take(topic, partition, Number(offset), { value, headers })
        }
      }
    }
  }
  for await (const message of options.dead.bytes?.() ?? []) restore.fill(message)
  const gone = [...bounds].filter(([, partitions]) => partitions === null).map(([topic]) => topic)
  const found = restore.finish(folder.path, gone, await options.accountsNow())
  if (!isNothing(found)) return found
  folder.discard()
  throw nothingFound(options, gone)
}

const isNothing = ({ files, absent, damaged, unplaced }: Restoration): boolean =>
  files.length + absent.length + damaged.length + unplaced === 0

class Restore {
  readonly #files: RestoredFiles
  readonly #options: RestoreOptions
  readonly #booked: ReadonlyMap<string, Booked>
  readonly #damaged: DamagedRecord[] = []
  #moreDamaged = 0
  #foreign = 0
  #unplaced = 0

  constructor(folder: OutputFolder, options: RestoreOptions) {
    this.#files = new RestoredFiles(folder)
    this.#options = options
    this.#booked = bookedIn(options.accounts.sessions.filter(({ session }) => isOf(session, options.date)))
  }

  take(topic: string, partition: number, offset: number, record: Received): void {
    const verdict = decode(record)
    if (verdict.kind === 'message') {
      if (this.#wants(verdict.message)) this.#files.take(verdict.message)
    } else if (verdict.kind === 'foreign') this.#foreign++
    else {
      const { reason, claim } = verdict
      if (this.#damaged.length < NAMED_AT_MOST) this.#damaged.push({ topic, partition, offset, reason, claim })
      else this.#moreDamaged++
    }
  }

  /** From a dead letter. */
  fill(message: Decoded): void {
    if (this.#wants(message)) this.#files.take(message)
  }

  finish(folder: string, gone: readonly string[], now: Accounts): Restoration {
    const restored = this.#files.finish()
    const held = new Map(restored.map((file) => [file.fileId, file.held]))
    const files = restored.map((file) => ({ file, gaps: gapsOf(file.held, this.#booksOf(file.fileId, now)) }))
    const absent = [...this.#booked]
      .filter(([fileId, { shipped }]) => shipped.length > 0 && !held.has(fileId))
      .map(([fileId, { filename, shipped }]) => ({ fileId, filename, ranges: shipped }))
    const damaged = this.#damaged.filter(({ claim }) => !isHeld(claim, held))
    const healed = this.#damaged.length - damaged.length
    const counts = { healed, moreDamaged: this.#moreDamaged, foreign: this.#foreign, unplaced: this.#unplaced }
    return { folder, files, absent, damaged, ...counts, gone }
  }

  #booksOf(fileId: string, now: Accounts): Parameters<typeof gapsOf>[1] {
    const shipped = this.#booked.get(fileId)?.shipped ?? []
    const { date, dead } = this.#options
    const unshipped = now.unshipped.get(fileId) ?? null
    const filtered = this.#booked.get(fileId)?.filtered ?? 0
    return { shipped, filtered, unshipped, dead: dead.ranges.get(fileId) ?? [], partial: date !== undefined }
  }

  /** A message that does not name its session (`line_headers = minimal`) is of the one that booked its bytes. */
  #wants({ session, fileId, offset, length }: Decoded): boolean {
    const { date, accounts } = this.#options
    if (date === undefined) return true
    if (session !== null) return isOf(session, date)
    if (heldWithin(this.#booked.get(fileId)?.shipped ?? [], offset, offset + length).length > 0) return true
    if (!accounts.unshipped.has(fileId)) this.#unplaced++
    return false
  }
}

interface Booked {
  readonly filename: string
  readonly shipped: Range[]
  /** Bytes in these that were filtered. */
  filtered: number
}

function bookedIn(sessions: readonly SessionAccount[]): Map<string, Booked> {
  const booked = new Map<string, Booked>()
  for (const { files } of sessions) {
    for (const { file_id, filename, ranges, bytes } of files) {
      const known = booked.get(file_id) ?? { filename, shipped: [], filtered: 0 }
      known.filtered += filteredWithin({ ranges, bytes })
      booked.set(file_id, known)
      for (const [start, end] of ranges) takeNew(known.shipped, start, end)
    }
  }
  return booked
}

function isHeld(claim: DamagedRecord['claim'], held: ReadonlyMap<string, readonly Range[]>): boolean {
  if (claim === null) return false
  const { fileId, offset, length } = claim
  return missingFrom(held.get(fileId) ?? [], offset, offset + length).length === 0
}

/** @param gone those of the topics that do not exist */
function nothingFound({ topics, date }: RestoreOptions, gone: readonly string[]): PannierError {
  const named = topics.map((topic) => `topic "${topic}"${gone.includes(topic) ? ', which does not exist' : ''}`)
  const what =
    date === undefined ? "no message of Pannier's is" : `no message of Pannier's, or none of session ${date}, is`
  return new PannierError(`${what} in ${named.join('; ')}`, {
    code: 'RESTORE_NOTHING',
    hint: `correct [kafka_conf] brokers and topic${date === undefined ? '' : ', or --session'}, or is all of it older than what the topic keeps?`,
    retriable: true,
  })
}
