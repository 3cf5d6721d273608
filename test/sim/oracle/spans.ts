// Sums over sorted ranges that lie apart.

import { type Range, takeNew } from '../../../tools/oracle/ranges.ts'

/** Bytes of `[start, end)` that `ranges` hold. */
export function covered(ranges: readonly Range[], start: number, end: number): number {
  let sum = 0
  for (const [from, to] of ranges) sum += Math.max(0, Math.min(to, end) - Math.max(from, start))
  return sum
}

export const endOf = (ranges: readonly Range[]): number => ranges.at(-1)?.[1] ?? 0

/** The first byte of `[start, end)` that `ranges` do not hold; `end` when there is none. */
export function firstHole(ranges: readonly Range[], start: number, end: number): number {
  let at = start
  for (const [from, to] of ranges) if (from <= at && to > at) at = to
  return Math.min(at, end)
}

export function above(ranges: readonly Range[], floor: number): Range[] {
  const kept: Range[] = []
  for (const [from, to] of ranges) takeNew(kept, Math.max(from, floor), to)
  return kept
}

export function below(ranges: readonly Range[], ceiling: number): Range[] {
  const kept: Range[] = []
  for (const [from, to] of ranges) takeNew(kept, from, Math.min(to, ceiling))
  return kept
}
