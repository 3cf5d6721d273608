// Where a file's reading or settling stands, with what is needed to go on from there and to know the place again.

import { type Digest, EMPTY } from './fingerprint.ts'

/** A line of which some bytes have been shipped already, as numbered parts or as `partial`. */
export interface Carry {
  /** Offset at which the line began. */
  readonly line: number
  /** Parts shipped so far; the next one is `parts + 1`. */
  readonly parts: number
  /** What becomes of all that follows in the line; absent: further parts. */
  readonly rest?: 'filtered' | 'dead_lettered'
}

export interface Position {
  /** Bytes from the start of the file. */
  readonly offset: number
  readonly carry: Carry | null
  /** Of the bytes just before `offset`. */
  readonly mark: Digest
}

export const START: Position = { offset: 0, carry: null, mark: EMPTY }

const TRAIL_LENGTH = 10
const TRAIL_STEP = 64 * 1024

/**
 * The last few positions, a step apart, so that many small chunks do not use them up; and the further back, the fewer, so that
 * a copy that is shorter by much has one too.
 */
export function trailWith(trail: readonly Position[], position: Position): Position[] {
  const before = trail.at(-2)
  const tooNear = before !== undefined && position.offset - before.offset < TRAIL_STEP
  // Copied: an array that is pushed to has room for sixteen more, in every file.
  return thinned([...(tooNear ? trail.slice(0, -1) : trail), position])
}

/** Without the one between whose neighbours the gap is the least beside its age. The first and the last stay. */
function thinned(trail: Position[]): Position[] {
  if (trail.length <= TRAIL_LENGTH) return trail
  const end = offsetAt(trail, trail.length - 1)
  let least = Number.POSITIVE_INFINITY
  let spare = 1
  for (let i = 1; i < trail.length - 1; i++) {
    const from = offsetAt(trail, i - 1)
    const gap = (offsetAt(trail, i + 1) - from) / (end - from + TRAIL_STEP)
    if (gap >= least) continue
    least = gap
    spare = i
  }
  return trail.filter((_, index) => index !== spare)
}

const offsetAt = (trail: readonly Position[], index: number): number => trail[index]?.offset ?? 0
