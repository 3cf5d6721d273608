// A new file in a spool is taken once nobody writes to it any more: it did not change for `spool_quiet`, by its own time or while we
// looked. One that was moved in is as old as its last byte.

import { inodeKey } from '../files/disk.ts'
import type { FileEvent } from '../files/file-events.ts'
import type { Moment, NewFile } from '../files/sight.ts'

interface Sight {
  readonly size: number
  readonly mtime: bigint
  /** Monotonic milliseconds of the first look that found it so. */
  readonly since: number
}

/** Of a file's times, in nanoseconds. */
const MILLISECOND = 1_000_000n

export class Settling {
  readonly #emit: (event: FileEvent) => void
  /** By inode. */
  #seen = new Map<string, Sight>()
  #next = new Map<string, Sight>()

  constructor(emit: (event: FileEvent) => void) {
    this.#emit = emit
  }

  /** Something waits to be taken. */
  get isPending(): boolean {
    return this.#seen.size > 0
  }

  /** Before a look. */
  begin(): void {
    this.#next = new Map()
  }

  /** After it: what it did not come upon is forgotten. */
  end(): void {
    this.#seen = this.#next
  }

  /** Whether the new file has to wait for a later look. */
  waits({ candidate, stat }: NewFile, { now, monotonic }: Moment): boolean {
    const { mode, spoolQuiet } = candidate.input
    if (mode !== 'spool' || now - Number(stat.mtime / MILLISECOND) >= spoolQuiet) return false
    // Its time may be of another clock, and lie in the future.
    const key = inodeKey(stat)
    const before = this.#seen.get(key)
    const isSame = before !== undefined && before.size === stat.size && before.mtime === stat.mtime
    const sight = isSame ? before : { size: stat.size, mtime: stat.mtime, since: monotonic }
    if (monotonic - sight.since >= spoolQuiet) return false
    this.#next.set(key, sight)
    if (before === undefined) this.#emit({ name: 'file_settling', path: candidate.path, quiet: spoolQuiet })
    return true
  }
}
