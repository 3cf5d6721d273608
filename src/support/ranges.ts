// Ranges that are held, in order and apart: what came is taken once, and what is missing has a name.

/** `[start, end)` in bytes of one file id. */
export type Range = readonly [start: number, end: number]

/** Adds `[start, end)` to `held` and returns the parts of it that were not held before. */
export function takeNew(held: Range[], start: number, end: number): Range[] {
  if (start >= end) return []
  const first = firstBehind(held, start - 1)
  const fresh: Range[] = []
  let at = start
  let next = first
  for (; next < held.length; next++) {
    const [from, to] = held[next] as Range
    if (from > end) break
    if (from > at) fresh.push([at, from])
    at = Math.max(at, to)
  }
  if (at < end) fresh.push([at, end])
  const from = next === first ? start : Math.min(start, (held[first] as Range)[0])
  held.splice(first, next - first, [from, Math.max(at, end)])
  return fresh
}

/** The parts of `[start, end)` that are not held. */
export function missingFrom(held: readonly Range[], start: number, end: number): Range[] {
  const missing: Range[] = []
  let at = start
  for (let index = firstBehind(held, start); index < held.length && at < end; index++) {
    const [from, to] = held[index] as Range
    if (from >= end) break
    if (from > at) missing.push([at, from])
    at = Math.max(at, to)
  }
  if (at < end) missing.push([at, end])
  return missing
}

/** The parts of `[start, end)` that are held. */
export function heldWithin(held: readonly Range[], start: number, end: number): Range[] {
  const within: Range[] = []
  for (let index = firstBehind(held, start); index < held.length; index++) {
    const [from, to] = held[index] as Range
    if (from >= end) break
    within.push([Math.max(from, start), Math.min(to, end)])
  }
  return within
}

/** Index of the first range that ends behind `offset`. */
function firstBehind(held: readonly Range[], offset: number): number {
  let low = 0
  let high = held.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((held[middle] as Range)[1] > offset) high = middle
    else low = middle + 1
  }
  return low
}

export const bytesIn = (ranges: readonly Range[]): number => ranges.reduce((sum, [start, end]) => sum + end - start, 0)
