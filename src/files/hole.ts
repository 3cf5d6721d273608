// Between identify and read: a writer without O_APPEND goes on at its old position in a file that was truncated under it, and
// the NULs up to there are nobody's bytes: a hole, filtered before shipping begins.

import type { OpenFile } from './disk.ts'
import { beginsWith, digestOf, HEAD_MAX, MARK_MAX } from './fingerprint.ts'
import type { Position } from './position.ts'
import type { TrackedFile } from './tracked-file.ts'

/** Kept by a file that was born on the inode of a truncated one, until it is known that it has none. */
export interface Hole {
  /** Size of the file that was truncated: fewer NULs than that are no writer's old position, but the file's own. */
  readonly least: number
  /** NULs counted from the start of the file. */
  scanned: number
  /** A byte that is no NUL was seen behind them. */
  ended: boolean
  /** Bytes of a unit of its charset: in UTF-16 the first one behind a hole may begin with a NUL. */
  unit: 1 | 2
}

/**
 * A number: so many bytes were filtered, which whoever calls has to tell of. none: the file has no hole · more: to be gone on
 * with in another turn · wait: NULs to the end, too few to tell · changed: these are not the bytes of this identity
 */
export type Scan = number | 'none' | 'more' | 'wait' | 'changed'

/** What one turn looks at: NULs are read fast, but not for nothing. */
const SHARE = 16 * 1024 * 1024
const NULS = Buffer.alloc(16 * 1024)

export const newHole = (least: number): Hole => ({ least, scanned: 0, ended: false, unit: 1 })

/** The hole whose end is to be found before anything is read. */
export const soughtHole = ({ hole }: TrackedFile): Hole | null => (hole === null || hole.ended ? null : hole)

/**
 * Behind a hole the mark is of NULs too: only what comes after it tells the file from one that was truncated once more. Bytes that have to be asked
 * for it; 0: it is not behind a hole.
 */
export const behindHole = ({ hole }: TrackedFile, { offset }: Position): number =>
  hole?.ended === true && hole.scanned === offset ? hole.unit : 0

/** Asked of those. */
export const areNuls = (bytes: Buffer): boolean => bytes.length > 0 && leadingNuls(bytes) === bytes.length

/** Looks on for the hole's end, and filters what is known of it. Rejects with the system's error. */
export async function passHole(
  file: TrackedFile,
  hole: Hole,
  handle: OpenFile,
  buffer: Buffer,
  session: string,
): Promise<Scan> {
  // It was cut meanwhile: what was counted proves nothing.
  if (hole.scanned > file.size) hole.scanned = file.cursor.offset
  const until = Math.min(file.size, hole.scanned + SHARE)
  const ended = await count(hole, handle, buffer, until)
  if (ended) hole.scanned -= hole.scanned % hole.unit
  if (!ended && hole.scanned < file.size) return hole.scanned < until ? 'wait' : 'more'
  if (hole.scanned < hole.least) return ended ? 'none' : 'wait'
  // Looked at last: a truncation while we counted shows in it.
  if (!(await beginsWithNuls(file, hole.scanned, handle, buffer))) return 'changed'
  hole.ended = ended
  const mark = nuls(Math.min(MARK_MAX, hole.scanned))
  return file.skipTo({ offset: hole.scanned, carry: null, mark }, 'filtered', session)
}

/** Counts NULs up to `until`; true when another byte was met before. */
async function count(hole: Hole, handle: OpenFile, buffer: Buffer, until: number): Promise<boolean> {
  while (hole.scanned < until) {
    const wanted = Math.min(buffer.length, until - hole.scanned)
    const came = await handle.read(buffer, 0, wanted, hole.scanned)
    const counted = leadingNuls(buffer.subarray(0, came))
    hole.scanned += counted
    if (counted < came) return true
    if (came < wanted) return false
  }
  return false
}

/** Also lets the head grow: a file whose birth was seen when it was empty has to be known again. */
async function beginsWithNuls(file: TrackedFile, size: number, handle: OpenFile, buffer: Buffer): Promise<boolean> {
  const front = buffer.subarray(0, await handle.read(buffer, 0, HEAD_MAX, 0))
  const length = Math.min(HEAD_MAX, size)
  const { head } = file.identity
  if (!beginsWith(front, head) || leadingNuls(front.subarray(0, length)) < length) return false
  if (head.length < length) file.identity = { ...file.identity, head: nuls(length) }
  return true
}

const nuls = (length: number): Position['mark'] => digestOf(NULS.subarray(0, length))

function leadingNuls(bytes: Buffer): number {
  let at = 0
  while (bytes.length - at >= NULS.length && bytes.subarray(at, at + NULS.length).equals(NULS)) at += NULS.length
  while (at < bytes.length && bytes[at] === 0) at++
  return at
}
