// A file as the checkpoint holds it: plain JSON, complete in itself, readable with ordinary tools.

import type { FileSession, Totals } from '../files/accounts.ts'
import type { Digest } from '../files/fingerprint.ts'
import { type Hole, newHole } from '../files/hole.ts'
import type { Life } from '../files/life.ts'
import { START } from '../files/position.ts'
import { TrackedFile } from '../files/tracked-file.ts'
import type { Birth } from './births.ts'

export interface FileRecord {
  readonly birth: Birth
  readonly path: string
  readonly life: Life
  readonly dev: string
  readonly ino: string
  readonly born: string
  readonly head: readonly [number, string]
  /** Of a `.gz` that was proven: its own size, and when it had last changed. */
  readonly packed?: readonly [number, string]
  readonly size: number
  /** Times of its last change and of its inode's, when all of it was settled: a start that finds them so need not open the file. */
  readonly seen?: readonly [mtime: string, ctime: string]
  /** The committed offset, the mark before it, and the line that was cut there. */
  readonly offset: number
  readonly mark: readonly [number, string]
  readonly carry: readonly [number, number] | null
  readonly totals: Totals
  readonly sessions: readonly FileSession[]
  readonly misses: number
  readonly cutOff: number
  /** All that is settled is the hole of its birth; `ended`: what follows was seen and is none of it. */
  readonly hole?: 'open' | 'ended'
  /** Why it could not be read or shipped when this was written; absent when nothing stood in the way. */
  readonly trouble?: string
}

/** No file is like this: it is proven anew. */
const UNPROVEN = { size: -1, mtime: 0n }

export function toRecord(file: TrackedFile): FileRecord {
  const { identity, settled, hole } = file
  return {
    birth: file.birth,
    path: file.path,
    life: file.life,
    dev: String(identity.dev),
    ino: String(identity.ino),
    born: String(identity.birth),
    head: [identity.head.length, identity.head.hash],
    ...(identity.packed === undefined ? {} : { packed: [identity.packed.size, String(identity.packed.mtime)] }),
    size: file.size,
    ...seenOf(file),
    offset: settled.offset,
    mark: [settled.mark.length, settled.mark.hash],
    carry: settled.carry === null ? null : [settled.carry.line, settled.carry.parts],
    totals: { ...file.totals },
    sessions: [...file.sessions.values()].map((book) => ({
      ...book,
      ranges: book.ranges.map(([from, to]) => [from, to]),
    })),
    misses: file.misses,
    cutOff: file.cutOff,
    ...(hole === null || hole.scanned !== settled.offset || settled.offset === 0
      ? {}
      : { hole: hole.ended ? 'ended' : 'open' }),
    ...(file.trouble === null ? {} : { trouble: file.trouble }),
  }
}

/** `birth` is the one from the births, which may know a partition that the record does not. */
export function fromRecord(record: FileRecord, birth: Birth): TrackedFile {
  const [headLength, headHash] = record.head
  const [markLength, markHash] = record.mark
  const carry = record.carry === null ? null : { line: record.carry[0], parts: record.carry[1] }
  const file = new TrackedFile({
    birth,
    path: record.path,
    life: record.life,
    identity: {
      dev: BigInt(record.dev),
      ino: BigInt(record.ino),
      birth: BigInt(record.born),
      head: sameOr(birth.head, { length: headLength, hash: headHash }),
      ...(record.packed === undefined ? {} : { packed: { size: record.packed[0], mtime: BigInt(record.packed[1]) } }),
    },
    size: record.size,
    settled: { offset: record.offset, carry, mark: { length: markLength, hash: markHash } },
    totals: record.totals,
    sessions: record.sessions,
    misses: record.misses,
    cutOff: record.cutOff,
    hole: holeOf(record, birth),
  })
  file.trouble = record.trouble ?? null
  const { seen, size } = record
  if (seen !== undefined) file.lastStat = { size, mtime: BigInt(seen[0]), ctime: BigInt(seen[1]), remembered: true }
  return file
}

/** Nothing where the times prove nothing, or bytes are to be read in any case. */
function seenOf({
  lastStat,
  fresh,
  size,
  settled,
  cutOff,
  life,
  hole,
  identity,
}: TrackedFile): Pick<FileRecord, 'seen'> {
  const isThere = life === 'living' || life === 'rotated'
  if (lastStat === null || fresh || !isThere || hole !== null || identity.packed !== undefined) return {}
  if (lastStat.size !== settled.offset || lastStat.size !== size || cutOff > 0) return {}
  return { seen: [String(lastStat.mtime), String(lastStat.ctime)] }
}

/** Most heads are full at the birth and never change: one is kept. */
const sameOr = (known: Digest, read: Digest): Digest =>
  known.length === read.length && known.hash === read.hash ? known : read

/** One that is not known to have ended is sought from the start, or from where it was filtered to. */
function holeOf({ hole, offset }: FileRecord, { hole: least }: Birth): Hole | null {
  if (least === undefined || (hole === undefined && offset > 0)) return null
  return { least, scanned: offset, ended: hole === 'ended' }
}

/** A file of which only the birth is left: it is shipped again from its start, under the same file id. */
export function fromBirth(birth: Birth, session: string): TrackedFile {
  const { dev, ino, born, head } = birth
  const file = new TrackedFile({
    birth,
    path: birth.place ?? birth.path,
    life: 'living',
    identity: {
      dev: BigInt(dev),
      ino: BigInt(ino),
      birth: BigInt(born),
      head,
      ...(birth.form === 'gzip' ? { packed: UNPROVEN } : {}),
    },
    size: birth.start,
    settled: { ...START, offset: birth.start },
    hole: birth.hole === undefined ? null : newHole(birth.hole),
  })
  file.totals.filtered = birth.start
  if (birth.start > 0) file.book(session).filtered += birth.start
  return file
}
