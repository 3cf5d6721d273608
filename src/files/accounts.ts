// The books of one file: every byte below the size that was seen is in exactly one account (law 2).

import { crc32Combine } from '../support/crc-combine.ts'
import { bytesIn, type Range } from '../support/ranges.ts'

/** How a byte was settled. */
export type Account = 'shipped' | 'filtered' | 'dead_lettered' | 'abandoned'

export type Totals = Record<Account, number>

/** What one session did with one file; becomes the file's entry in the manifest. */
export interface FileSession {
  readonly session: string
  ranges: [number, number][]
  bytes: number
  lines: number
  messages: number
  /** Of the shipped bytes in file order, zlib's polynomial. */
  crc32: number
  filtered: number
  dead_lettered: number
  abandoned: number
  /** Kafka offsets of the first and last message; null while nothing was shipped. */
  first: number | null
  last: number | null
}

/** A settled stretch of a file, as the books need it. */
export interface Entry {
  readonly start: number
  readonly end: number
  readonly account: Account
  readonly lines: number
  readonly messages: number
  readonly crc32: number
  /** Kafka offsets of its first and last message, where it was shipped. */
  readonly first: number | null
  readonly last: number | null
}

export const noTotals = (): Totals => ({ shipped: 0, filtered: 0, dead_lettered: 0, abandoned: 0 })

export const newFileSession = (session: string): FileSession => ({
  session,
  ranges: [],
  bytes: 0,
  lines: 0,
  messages: 0,
  crc32: 0,
  filtered: 0,
  dead_lettered: 0,
  abandoned: 0,
  first: null,
  last: null,
})

/** Filters may drop every other line: from so many ranges on, what they drop lies within the last one, and `bytes` tells how much came. */
const RANGES_MOST = 100

/** Bytes within the ranges that were filtered. */
export const filteredWithin = ({
  ranges,
  bytes,
}: Pick<FileSession, 'bytes'> & { readonly ranges: readonly Range[] }): number => bytesIn(ranges) - bytes

/** Enters a settled stretch. Stretches come in file order, so the running crc32 can be combined from theirs. */
export function enter(book: FileSession, entry: Entry): void {
  const length = entry.end - entry.start
  const lastRange = book.ranges.at(-1)
  if (entry.account !== 'shipped') {
    book[entry.account] += length
    const isJoined = entry.account === 'filtered' && book.ranges.length >= RANGES_MOST
    if (isJoined && lastRange?.[1] === entry.start) lastRange[1] = entry.end
    return
  }
  if (lastRange !== undefined && lastRange[1] === entry.start) lastRange[1] = entry.end
  // Nearly every file has one range, and an array that is pushed to has room for sixteen more.
  else if (lastRange === undefined) book.ranges = [[entry.start, entry.end]]
  else book.ranges.push([entry.start, entry.end])
  book.bytes += length
  book.lines += entry.lines
  book.messages += entry.messages
  book.crc32 = crc32Combine(book.crc32, entry.crc32, length)
  book.first ??= entry.first
  book.last = entry.last ?? book.last
}
