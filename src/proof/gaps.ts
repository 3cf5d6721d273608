// What a restored file lacks, and why: the books of the agent tell what was never shipped from what is missing. Pure.

import { bytesIn, heldWithin, missingFrom, type Range } from '../support/ranges.ts'

export interface Gaps {
  /** Booked as shipped, or accounted for by nothing: it should have come. */
  readonly missing: readonly Range[]
  /** Filtered, dead-lettered, abandoned, or in front of where shipping began: a hole in the file. */
  readonly unshipped: readonly Range[]
  /** Of other sessions than those that were asked for: a hole in the file. */
  readonly elsewhere: readonly Range[]
}

export interface Books {
  /** What was booked as shipped in the sessions that are restored, in order and apart. */
  readonly shipped: readonly Range[]
  /** Bytes that were settled without being shipped, in all sessions; null where nothing is known of the file. */
  readonly unshipped: number | null
  /** Only some sessions are restored. */
  readonly partial: boolean
}

/** @param held what came, in order and apart */
export function gapsOf(held: readonly Range[], { shipped, unshipped, partial }: Books): Gaps {
  const end = Math.max(held.at(-1)?.[1] ?? 0, shipped.at(-1)?.[1] ?? 0)
  const holes = missingFrom(held, 0, end)
  const missing = holes.flatMap(([from, to]) => heldWithin(shipped, from, to))
  const others = holes.flatMap(([from, to]) => missingFrom(missing, from, to))
  if (partial) {
    // Without books only the bytes in front are known to be none of the session's.
    const isBooked = unshipped !== null
    const elsewhere = others.filter(([from]) => isBooked || from === 0)
    return {
      missing: inOrder(
        missing,
        others.filter((hole) => !elsewhere.includes(hole)),
      ),
      unshipped: [],
      elsewhere,
    }
  }
  if (bytesIn(others) <= (unshipped ?? 0)) return { missing, unshipped: others, elsewhere: [] }
  return { missing: inOrder(missing, others), unshipped: [], elsewhere: [] }
}

const inOrder = (a: readonly Range[], b: readonly Range[]): Range[] => [...a, ...b].toSorted(([x], [y]) => x - y)
