// One file's proof: what came of it from the topic, held against the ranges that were booked as shipped. Pure.

import { crc32 } from 'node:zlib'
import { crc32Combine } from '../support/crc-combine.ts'
import { heldWithin, missingFrom, type Range, takeNew } from '../support/ranges.ts'
import { byteLines, type LineEnds } from '../text/line-ends.ts'

/** Bytes that came and lie side by side. */
interface Segment {
  readonly start: number
  end: number
  crc32: number
  lines: number
}

/** What came of some ranges, in their order. */
export interface Found {
  readonly missing: readonly Range[]
  /** Of all that came. */
  readonly crc32: number
  readonly lines: number
}

export class FileProof {
  /** Offsets at which booked ranges begin or end: segments never reach over one, so that each range can be summed up. */
  readonly #bounds: readonly number[]
  readonly #booked: readonly Range[]
  readonly #held: Range[] = []
  readonly #segments: Segment[] = []
  /** Bytes that came more than once. */
  copies = 0

  /** @param booked all ranges of the file in all sessions, in any order */
  constructor(booked: readonly Range[]) {
    this.#bounds = [...new Set(booked.flat())].toSorted((a, b) => a - b)
    const merged: Range[] = []
    for (const [start, end] of booked) takeNew(merged, start, end)
    this.#booked = merged
  }

  /** What of `[offset, offset + bytes.length)` came before is passed over. */
  take(offset: number, bytes: Buffer, ends: LineEnds = byteLines): void {
    let fresh = 0
    for (const [start, end] of takeNew(this.#held, offset, offset + bytes.length)) {
      fresh += end - start
      for (const [from, to] of heldWithin(this.#booked, start, end)) {
        this.#add(from, bytes.subarray(from - offset, to - offset), ends)
      }
    }
    this.copies += bytes.length - fresh
  }

  /** Bytes that came and are booked nowhere: not settled when the state was read. */
  get extra(): readonly Range[] {
    return this.#held.flatMap(([start, end]) => missingFrom(this.#booked, start, end))
  }

  /** Null when nothing booked came. */
  get firstFound(): number | null {
    return this.#segments[0]?.start ?? null
  }

  found(ranges: readonly Range[]): Found {
    const missing = ranges.flatMap(([start, end]) => missingFrom(this.#held, start, end))
    let sum = 0
    let lines = 0
    for (const [start, end] of ranges) {
      for (let index = firstFrom(this.#segments, start); index < this.#segments.length; index++) {
        const segment = this.#segments[index] as Segment
        if (segment.start >= end) break
        sum = crc32Combine(sum, segment.crc32, segment.end - segment.start)
        lines += segment.lines
      }
    }
    return { missing, crc32: sum, lines }
  }

  #add(start: number, bytes: Buffer, ends: LineEnds): void {
    for (let at = start; at < start + bytes.length; ) {
      const bound = this.#bounds[firstAbove(this.#bounds, at)] ?? Number.POSITIVE_INFINITY
      const end = Math.min(bound, start + bytes.length)
      this.#addSegment(at, bytes.subarray(at - start, end - start), ends)
      at = end
    }
  }

  #addSegment(start: number, bytes: Buffer, ends: LineEnds): void {
    const index = firstFrom(this.#segments, start)
    const before = this.#segments[index - 1]
    const lines = ends.count(bytes, start)
    if (before !== undefined && before.end === start && !this.#isBound(start)) {
      before.crc32 = crc32(bytes, before.crc32)
      before.lines += lines
      before.end += bytes.length
      this.#join(index - 1)
      return
    }
    this.#segments.splice(index, 0, { start, end: start + bytes.length, crc32: crc32(bytes), lines })
    this.#join(index)
  }

  /** With the one behind it, where they touch. */
  #join(index: number): void {
    const segment = this.#segments[index] as Segment
    const behind = this.#segments[index + 1]
    if (behind === undefined || behind.start !== segment.end || this.#isBound(segment.end)) return
    segment.crc32 = crc32Combine(segment.crc32, behind.crc32, behind.end - behind.start)
    segment.lines += behind.lines
    segment.end = behind.end
    this.#segments.splice(index + 1, 1)
  }

  #isBound(offset: number): boolean {
    return this.#bounds[firstAbove(this.#bounds, offset) - 1] === offset
  }
}

/** Index of the first segment that begins at `offset` or behind it. */
function firstFrom(segments: readonly Segment[], offset: number): number {
  return firstWhere(segments.length, (index) => (segments[index] as Segment).start >= offset)
}

function firstAbove(bounds: readonly number[], offset: number): number {
  return firstWhere(bounds.length, (index) => (bounds[index] as number) > offset)
}

/** Index of the first of `length` for which `isSo` holds, as it does for all behind it. */
function firstWhere(length: number, isSo: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isSo(middle)) high = middle
    else low = middle + 1
  }
  return low
}
