// What a restored file lacks, and why: the books of the agent tell what was never shipped from what is missing. Pure.

import { bytesIn, heldWithin, missingFrom, type Range } from '../support/ranges.ts'

export interface Gaps {
  /** Booked as shipped, or accounted for by no books of the file: it should have come. */
  readonly missing: readonly Range[]
  /** No books are known that tell a loss from what was never shipped. */
  readonly unknown: readonly Range[]
  /** Filtered, dead-lettered, abandoned, or in front of where shipping began: a hole in the file. */
  readonly unshipped: readonly Range[]
  /** Kept as dead letters: a hole in the file. */
  readonly dead: readonly Range[]
  /** Of other sessions than those that were asked for: a hole in the file. */
  readonly elsewhere: readonly Range[]
}

export interface Books {
  /** What was booked as shipped in the sessions that are restored, in order and apart. */
  readonly shipped: readonly Range[]
  /** Bytes in these that were filtered. */
  readonly filtered?: number
  /** Bytes that were settled without being shipped, in all sessions; null where nothing is known of the file. */
  readonly unshipped: number | null
  /** What its dead letters hold, in order and apart. */
  readonly dead: readonly Range[]
  /** Only some sessions are restored. */
  readonly partial: boolean
}

/** @param held what came, in order and apart */
export function gapsOf(held: readonly Range[], { shipped, filtered = 0, unshipped, dead, partial }: Books): Gaps {
  const end = Math.max(held.at(-1)?.[1] ?? 0, shipped.at(-1)?.[1] ?? 0)
  const holes = missingFrom(held, 0, end)
  const absent = holes.flatMap(([from, to]) => heldWithin(shipped, from, to))
  // Where they lay is not booked; but no more is absent than was filtered.
  const isFiltered = absent.length > 0 && bytesIn(absent) <= filtered
  const missing = isFiltered ? [] : absent
  const others = holes.flatMap(([from, to]) => missingFrom(absent, from, to))
  const buried = others.flatMap(([from, to]) => heldWithin(dead, from, to))
  const gaps = { missing, unknown: [], unshipped: isFiltered ? absent : [], dead: buried, elsewhere: [] }
  const rest = others.flatMap(([from, to]) => missingFrom(buried, from, to))
  if (unshipped === null) {
    // Of sessions that were not asked for, only the bytes in front are known to be.
    const inFront = partial ? rest.filter(([from]) => from === 0) : []
    return { ...gaps, unknown: rest.filter((hole) => !inFront.includes(hole)), elsewhere: inFront }
  }
  if (partial) return { ...gaps, elsewhere: rest }
  if (bytesIn(others) <= unshipped) return { ...gaps, unshipped: inOrder(gaps.unshipped, rest) }
  return { ...gaps, missing: inOrder(missing, rest) }
}

const inOrder = (a: readonly Range[], b: readonly Range[]): Range[] => [...a, ...b].toSorted(([x], [y]) => x - y)
