// How a file is taken back to an earlier offset: under its own id, or under a new one. Used while no agent runs (`pannier rewind`).

import { crc32 } from 'node:zlib'
import type { Birth } from '../state/births.ts'
import type { LineEnds } from '../text/line-ends.ts'
import type { Account, FileSession } from './accounts.ts'
import type { OpenFile } from './disk.ts'
import { newHole } from './hole.ts'
import type { Position } from './position.ts'
import { TrackedFile } from './tracked-file.ts'

/** What a session's book says of the bytes that it keeps. */
export interface Kept {
  readonly ranges: [number, number][]
  readonly bytes: number
  readonly lines: number
  readonly crc32: number
}

const BLOCK = 1024 * 1024

/** Of each open session that shipped something at or behind `offset`: what is left of it, read from the file itself. */
export async function keptBelow(
  file: TrackedFile,
  offset: number,
  handle: OpenFile,
  ends: LineEnds,
): Promise<Map<string, Kept>> {
  const kept = new Map<string, Kept>()
  for (const { session, ranges } of file.sessions.values()) {
    if (ranges.every(([, end]) => end <= offset)) continue
    const below = ranges
      .filter(([start]) => start < offset)
      .map(([start, end]): [number, number] => [start, Math.min(end, offset)])
    kept.set(session, { ranges: below, bytes: lengthOf(below), ...(await readAll(handle, below, ends)) })
  }
  return kept
}

const lengthOf = (ranges: readonly (readonly [number, number])[]): number =>
  ranges.reduce((sum, [start, end]) => sum + end - start, 0)

async function readAll(
  handle: OpenFile,
  ranges: readonly (readonly [number, number])[],
  ends: LineEnds,
): Promise<Pick<Kept, 'lines' | 'crc32'>> {
  const buffer = Buffer.allocUnsafe(BLOCK)
  let sum = 0
  let lines = 0
  for (const [start, end] of ranges) {
    for (let at = start; at < end; ) {
      const bytes = buffer.subarray(0, await handle.read(buffer, 0, Math.min(BLOCK, end - at), at))
      if (bytes.length === 0) throw new Error(`the file ends at ${at}, before ${end}`)
      sum = crc32(bytes, sum)
      lines += ends.count(bytes, at)
      at += bytes.length
    }
  }
  return { lines, crc32: sum }
}

/**
 * The same file id: what lies behind `to` is pending again, and each account gives back what it held of it. Sessions that are still open know
 * their ranges; of older ones only sums are left, and there what was shipped gives way first.
 */
export function setBack(file: TrackedFile, to: Position, kept: ReadonlyMap<string, Kept>): void {
  let left = file.settled.offset - to.offset
  const give = (account: Account, most: number): void => {
    const bytes = Math.max(0, Math.min(left, most))
    file.totals[account] -= bytes
    left -= bytes
    if (account !== 'shipped') unbook(file, account, bytes)
  }
  for (const book of file.sessions.values()) {
    const rest = kept.get(book.session)
    if (rest === undefined) continue
    give('shipped', book.bytes - rest.bytes)
    trim(book, rest)
  }
  give('filtered', Math.max(0, Math.min(file.settled.offset, file.birth.start) - to.offset))
  const booked = [...file.sessions.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  give('shipped', file.totals.shipped - booked)
  give('dead_lettered', file.totals.dead_lettered)
  give('filtered', file.totals.filtered)
  give('abandoned', file.totals.abandoned - file.cutOff)
  file.settled = file.cursor = to
  file.hole = to.offset === 0 && file.birth.hole !== undefined ? newHole(file.birth.hole) : null
  file.misses = 0
}

/** Messages that were sent stay counted as long as any of their bytes are: they are in Kafka between `first` and `last`. */
function trim(book: FileSession, { ranges, bytes, lines, crc32: sum }: Kept): void {
  Object.assign(book, { ranges, bytes, lines, crc32: sum })
  if (bytes === 0) Object.assign(book, { messages: 0, first: null, last: null })
}

/** The latest sessions first. */
function unbook(file: TrackedFile, account: Exclude<Account, 'shipped'>, bytes: number): void {
  let left = bytes
  for (const book of [...file.sessions.values()].toReversed()) {
    const part = Math.min(left, book[account])
    book[account] -= part
    left -= part
  }
}

/** The same bytes under a new file id, from `to` on. What lies before is filtered, as with `start_at = end`. */
export function bornAgain(
  file: TrackedFile,
  to: Position,
  facts: { id: string; now: number; session: string },
): TrackedFile {
  const { identity, birth, path, size, life } = file
  const hole = to.offset === 0 ? birth.hole : undefined
  const again: Birth = {
    id: facts.id,
    input: birth.input,
    path: birth.path,
    ...(path === birth.path ? {} : { place: path }),
    topic: birth.topic,
    partition: birth.partition,
    start: to.offset,
    ...(hole === undefined ? {} : { hole }),
    at: facts.now,
    identity: { dev: identity.dev, ino: identity.ino, birth: identity.birth, head: identity.head },
    ...(identity.packed === undefined ? {} : { form: 'gzip' }),
  }
  const start = {
    birth: again,
    identity,
    path,
    size,
    settled: to,
    life,
    hole: hole === undefined ? null : newHole(hole),
  }
  const fresh = new TrackedFile(start)
  fresh.totals.filtered = to.offset
  if (to.offset > 0) fresh.book(facts.session).filtered += to.offset
  return fresh
}

/** Its books end where it was settled: what lies behind is another id's from now on. */
export function endAtSettled(file: TrackedFile): void {
  file.size = file.settled.offset
  file.life = 'ended'
}
