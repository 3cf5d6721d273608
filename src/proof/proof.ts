// The proof of some sessions: which parts of which partitions have to be read, and what each file comes to. Pure.

import { filteredWithin } from '../files/accounts.ts'
import { type Claim, decode, type Received } from '../message/decode.ts'
import { hex32 } from '../message/format.ts'
import type { ManifestFile } from '../state/manifest.ts'
import { bytesIn, type Range } from '../support/ranges.ts'
import { lineEndsOf } from '../text/line-ends.ts'
import type { SessionAccount } from './accounts.ts'
import { FileProof } from './file-proof.ts'

/**
 * proven: each byte came, with the sums that were booked · missing: Kafka should hold bytes that did not come
 * expired: they lay in front of the first offset that the topic still holds · differs: all came, and their sums are others
 */
export type Status = 'proven' | 'missing' | 'expired' | 'differs'

export interface FileVerdict {
  readonly file: ManifestFile
  readonly status: Status
  /** Booked as shipped, not found. */
  readonly missing: readonly Range[]
  /** Of these, what retention took. */
  readonly expired: readonly Range[]
  /** What came, where nothing is missing. */
  readonly found: { readonly bytes: number; readonly lines: number; readonly crc32: string } | null
}

export interface DamagedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly reason: string
  readonly claim: Claim | null
}

/** First offset that a partition still holds. */
export type StartOf = (topic: string, partition: number) => number

/** Each one named; there may be millions. */
const NAMED_AT_MOST = 1000

export class Proof {
  readonly sessions: readonly SessionAccount[]
  readonly #files = new Map<string, FileProof>()
  /** Of files in the sessions that are proven. */
  readonly #names = new Map<string, string>()
  readonly damaged: DamagedRecord[] = []
  damagedInAll = 0
  /** Records that name no file. */
  foreign = 0

  /** @param all sessions that the state knows, `sessions` among them */
  constructor(sessions: readonly SessionAccount[], all: readonly SessionAccount[]) {
    this.sessions = sessions
    for (const file of filesOf(sessions)) this.#names.set(file.file_id, file.filename)
    const booked = new Map<string, Range[]>()
    for (const { file_id, ranges } of filesOf(all)) {
      if (!this.#names.has(file_id)) continue
      const known = booked.get(file_id)
      if (known === undefined) booked.set(file_id, [...ranges])
      else known.push(...ranges)
    }
    for (const [id, ranges] of booked) this.#files.set(id, new FileProof(ranges))
  }

  take(topic: string, partition: number, offset: number, record: Received): void {
    const verdict = decode(record)
    if (verdict.kind === 'message') {
      const { fileId, offset: at, bytes, charset } = verdict.message
      this.#files.get(fileId)?.take(at, bytes, lineEndsOf(charset))
    } else if (verdict.kind === 'foreign') this.foreign++
    else {
      this.damagedInAll++
      const { reason, claim } = verdict
      if (this.damaged.length < NAMED_AT_MOST) this.damaged.push({ topic, partition, offset, reason, claim })
    }
  }

  /** Bytes that came and no session has booked: not settled when the state was read. */
  extras(): { readonly fileId: string; readonly filename: string; readonly ranges: readonly Range[] }[] {
    const found = [...this.#files].map(([fileId, { extra: ranges }]) => ({ fileId, ranges }))
    return found
      .filter(({ ranges }) => ranges.length > 0)
      .map((file) => ({ ...file, filename: this.#names.get(file.fileId) ?? '' }))
  }

  /** Bytes that came more than once. */
  copies(): number {
    let copies = 0
    for (const file of this.#files.values()) copies += file.copies
    return copies
  }

  verdict(file: ManifestFile, startOf: StartOf): FileVerdict {
    const proof = this.#files.get(file.file_id) as FileProof
    const found = proof.found(file.ranges)
    // What was filtered within ranges is in no message, and no record says where it lay: what came shows by its sums that it is all.
    const filtered = filteredWithin(file)
    if (bytesIn(found.missing) > filtered) {
      const expired = expiredOf(file, found.missing, proof.firstFound, startOf)
      const isExpired = bytesIn(found.missing) - bytesIn(expired) <= filtered
      return { file, status: isExpired ? 'expired' : 'missing', missing: found.missing, expired, found: null }
    }
    const bytes = bytesIn(file.ranges) - bytesIn(found.missing)
    const sums = { bytes, lines: found.lines, crc32: hex32(found.crc32) }
    const same = sums.bytes === file.bytes && sums.lines === file.lines && sums.crc32 === file.crc32
    return { file, status: same ? 'proven' : 'differs', missing: [], expired: [], found: sums }
  }
}

export function* filesOf(sessions: readonly SessionAccount[]): Iterable<ManifestFile> {
  for (const { files } of sessions) yield* files
}

/** A partition's messages of a file are in file order: retention takes them from the front. */
function expiredOf(
  file: ManifestFile,
  missing: readonly Range[],
  firstFound: number | null,
  startOf: StartOf,
): readonly Range[] {
  const { topic, first, last } = file
  // Without a partition the offsets are of several, and nothing can be said of one.
  if (file.partition === null || first === null || last === null) return []
  const start = startOf(topic, file.partition)
  if (Math.min(first, last) >= start) return []
  if (Math.max(first, last) < start) return missing
  return firstFound === null ? [] : missing.filter(([, end]) => end <= firstFound)
}
