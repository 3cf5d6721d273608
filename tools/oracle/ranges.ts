/** The consumer's rule for duplicates: hold the ranges of each file id, drop what lies inside, cut what overlaps. */

/** `[start, end)` in bytes of one file id. */
export type Range = readonly [start: number, end: number]

/** Adds `[start, end)` to `held` (sorted, apart, normally one) and returns the parts of it that were not held before. */
export function takeNew(held: Range[], start: number, end: number): Range[] {
  if (start >= end) return []
  const first = held.findLastIndex(([, to]) => to < start) + 1
  const touched = held.slice(first, held.findLastIndex(([from]) => from <= end) + 1)
  const fresh: Range[] = []
  let at = start
  for (const [from, to] of [...touched, [end, end] as const]) {
    if (from > at) fresh.push([at, from])
    at = Math.max(at, to)
  }
  held.splice(first, touched.length, [Math.min(start, touched[0]?.[0] ?? start), at])
  return fresh
}
