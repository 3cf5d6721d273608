// A file as it will be once some of its chunks are settled: what a transaction writes into the checkpoint before that has happened.

import type { Account } from './accounts.ts'
import type { Stretch } from './stretch.ts'
import { TrackedFile } from './tracked-file.ts'

export interface Settling {
  readonly account: Account
  /** Kafka offset of its first message. */
  readonly first: number | null
}

/** Whether all before the chunk is settled, or is among what is to be settled with it. */
export function reaches(file: TrackedFile, chunk: Stretch, together: ReadonlySet<Stretch>): boolean {
  let { offset } = file.settled
  for (const span of file.onTheWay) {
    if (span.before.offset !== offset) return false
    if (span.chunk === chunk) return true
    if (span.account === null && (span.chunk === null || !together.has(span.chunk))) return false
    offset = span.after.offset
  }
  return false
}

/** A copy; the file stays as it is. */
export function foresee(file: TrackedFile, settlings: ReadonlyMap<Stretch, Settling>): TrackedFile {
  const { birth, identity, path, life, size, settled, totals, misses, cutOff, hole } = file
  const copy = new TrackedFile({
    birth,
    identity,
    path,
    life,
    size,
    settled,
    misses,
    cutOff,
    totals: { ...totals },
    sessions: file.sessions.values().map((book) => ({ ...book, ranges: book.ranges.map(([from, to]) => [from, to]) })),
    hole: hole === null ? null : { ...hole },
    spans: file.onTheWay.map((span) => ({ ...span })),
  })
  copy.lastStat = file.lastStat
  copy.fresh = file.fresh
  copy.trouble = file.trouble
  for (const [chunk, { account, first }] of settlings) copy.settle(chunk, account, first)
  return copy
}
