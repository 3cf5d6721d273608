// A file as the checkpoint holds it: plain JSON, complete in itself, readable with ordinary tools.

import { type FileSession, newFileSession, noTotals, type Totals } from '../files/accounts.ts'
import type { Digest } from '../files/fingerprint.ts'
import { type Hole, newHole } from '../files/hole.ts'
import type { Identity } from '../files/identity.ts'
import type { Life } from '../files/life.ts'
import { type Carry, START } from '../files/position.ts'
import { TrackedFile } from '../files/tracked-file.ts'
import { deviceOf, type StoredBirth, storeBirth } from './birth-record.ts'
import type { Birth } from './births.ts'

/** What is as at the birth, or nothing, is left out: most of what a hundred thousand files have in common. */
export interface FileRecord {
  readonly birth: StoredBirth
  /** Where it was last found. */
  readonly path?: string
  readonly life: Life
  readonly dev?: string
  readonly ino?: string
  readonly born?: string
  readonly head?: readonly [number, string]
  /** Of a `.gz` that was proven: its own size, and when it had last changed. */
  readonly packed?: readonly [number, string]
  readonly size: number
  /** Times of its last change and of its inode's, when all of it was settled: a start that finds them so need not open the file. */
  readonly seen?: readonly [mtime: string, ctime: string]
  /** The committed offset, the mark before it, and the line that was cut there. */
  readonly offset: number
  readonly mark: readonly [number, string]
  readonly carry?: StoredCarry | null
  readonly totals: Partial<Totals>
  readonly sessions?: readonly StoredSession[]
  readonly misses?: number
  readonly cutOff?: number
  /** All that is settled is the hole of its birth; `ended`: what follows was seen and is none of it; `wide`: in UTF-16. */
  readonly hole?: 'open' | 'ended' | 'wide'
  /** Why it could not be read or shipped when this was written; absent when nothing stood in the way. */
  readonly trouble?: string
}

/** Line, parts, and what becomes of the rest. */
type StoredCarry = readonly [number, number, Carry['rest']?]

type StoredSession = Pick<FileSession, 'session'> & Partial<FileSession>

/** No file is like this: it is proven anew. */
const UNPROVEN = { size: -1, mtime: 0n }

export function toRecord(file: TrackedFile): FileRecord {
  const { birth, identity, settled, hole } = file
  const { packed, head } = identity
  const { dev, ino, birth: born } = identity
  return {
    birth: storeBirth(birth),
    ...(file.path === placeOf(birth) ? {} : { path: file.path }),
    life: file.life,
    ...(dev === birth.identity.dev ? {} : { dev: String(dev) }),
    ...(ino === birth.identity.ino ? {} : { ino: String(ino) }),
    ...(born === birth.identity.birth ? {} : { born: String(born) }),
    ...(head === birth.identity.head ? {} : { head: [head.length, head.hash] as const }),
    ...(packed === undefined ? {} : { packed: [packed.size, String(packed.mtime)] as const }),
    size: file.size,
    ...seenOf(file),
    offset: settled.offset,
    mark: [settled.mark.length, settled.mark.hash],
    ...(settled.carry === null ? {} : { carry: storeCarry(settled.carry) }),
    totals: withoutZeros(file.totals),
    ...(file.sessions.size === 0 ? {} : { sessions: file.sessions.values().map(storeSession) }),
    ...(file.misses === 0 ? {} : { misses: file.misses }),
    ...(file.cutOff === 0 ? {} : { cutOff: file.cutOff }),
    ...(hole === null || hole.scanned !== settled.offset || settled.offset === 0
      ? {}
      : { hole: !hole.ended ? 'open' : hole.unit === 2 ? 'wide' : 'ended' }),
    ...(file.trouble === null ? {} : { trouble: file.trouble }),
  }
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

function storeSession({ session, ranges, first, last, ...numbers }: FileSession): StoredSession {
  return {
    session,
    ...withoutZeros(numbers),
    ...(ranges.length === 0 ? {} : { ranges: ranges.map(([from, to]) => [from, to] as [number, number]) }),
    ...(first === null && last === null ? {} : { first, last }),
  }
}

function withoutZeros<T extends Record<string, number>>(numbers: T): Partial<T> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0)) as Partial<T>
}

const storeCarry = ({ line, parts, rest }: Carry): StoredCarry =>
  rest === undefined ? [line, parts] : [line, parts, rest]

const readCarry = ([line, parts, rest]: StoredCarry): Carry =>
  rest === undefined ? { line, parts } : { line, parts, rest }

const placeOf = (birth: Birth): string => birth.place ?? birth.path

/** `birth` is the one from the births, which may know a partition that the record does not. */
export function fromRecord(record: Omit<FileRecord, 'birth'>, birth: Birth): TrackedFile {
  const [markLength, markHash] = record.mark
  const carry = record.carry == null ? null : readCarry(record.carry)
  const identity = identityOf(record, birth)
  const file = new TrackedFile({
    birth,
    path: record.path ?? placeOf(birth),
    life: record.life,
    identity,
    size: record.size,
    settled: { offset: record.offset, carry, mark: sameOr(identity.head, { length: markLength, hash: markHash }) },
    totals: { ...noTotals(), ...record.totals },
    sessions: (record.sessions ?? []).map((book) => ({ ...newFileSession(book.session), ...book })),
    misses: record.misses ?? 0,
    cutOff: record.cutOff ?? 0,
    hole: holeOf(record, birth),
  })
  file.trouble = record.trouble ?? null
  const { seen, size } = record
  if (seen !== undefined) {
    const mtime = BigInt(seen[0])
    const ctime = seen[1] === seen[0] ? mtime : BigInt(seen[1])
    file.lastStat = { size, mtime, ctime, remembered: true }
  }
  return file
}

/** Most files stay what they were: the identity of the birth is kept, not one like it. */
function identityOf({ dev, ino, born, head, packed }: Omit<FileRecord, 'birth'>, birth: Birth): Identity {
  const was = birth.identity
  if (dev === undefined && ino === undefined && born === undefined && head === undefined && packed === undefined)
    return was
  return {
    dev: dev === undefined ? was.dev : deviceOf(dev),
    ino: ino === undefined ? was.ino : BigInt(ino),
    birth: born === undefined ? was.birth : BigInt(born),
    head: head === undefined ? was.head : sameOr(was.head, { length: head[0], hash: head[1] }),
    ...(packed === undefined ? {} : { packed: { size: packed[0], mtime: BigInt(packed[1]) } }),
  }
}

/** The same digest is kept once. */
const sameOr = (known: Digest, read: Digest): Digest =>
  known.length === read.length && known.hash === read.hash ? known : read

/** One that is not known to have ended is sought from the start, or from where it was filtered to. */
function holeOf({ hole, offset }: Omit<FileRecord, 'birth'>, { hole: least }: Birth): Hole | null {
  if (least === undefined || (hole === undefined && offset > 0)) return null
  return { least, scanned: offset, ended: hole === 'ended' || hole === 'wide', unit: hole === 'wide' ? 2 : 1 }
}

/** A file of which only the birth is left: it is shipped again from its start, under the same file id. */
export function fromBirth(birth: Birth, session: string): TrackedFile {
  const { identity } = birth
  const file = new TrackedFile({
    birth,
    path: placeOf(birth),
    life: 'living',
    identity: birth.form === 'gzip' ? { ...identity, packed: UNPROVEN } : identity,
    size: birth.start,
    settled: { ...START, offset: birth.start },
    hole: birth.hole === undefined ? null : newHole(birth.hole),
  })
  file.totals.filtered = birth.start
  if (birth.start > 0) file.book(session).filtered += birth.start
  return file
}
