// A part of a file between two positions, from when it was read until it belongs to the settled prefix.

import type { Account } from './accounts.ts'
import type { Position } from './position.ts'

/** A range on its way: what a chunk must tell the file it was read from. */
export interface Stretch {
  readonly before: Position
  readonly after: Position
  readonly session: string
  readonly lines: number
  /** Messages it became. */
  readonly records: number
  /** Of the source bytes, zlib's polynomial. */
  readonly crc32: number
}

/** A stretch that was read, or skipped, and is not yet part of the settled prefix. */
export interface Span {
  readonly before: Position
  readonly after: Position
  readonly session: string
  /** Null for a stretch that was settled without being read. */
  readonly chunk: Stretch | null
  account: Account | null
  /** Kafka offset of the first message. */
  first: number | null
}
