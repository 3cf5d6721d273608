// What a listing was made from. While none of it changed, the listing is still right, and need not be made again.

import type { Disk, FileStat } from './disk.ts'
import { isFresh } from './evidence.ts'

type Peek = Disk['peek']

export class Traces {
  /** Folders that were listed, as they were just before; null: nothing was there. */
  readonly #folders = new Map<string, FileStat | null>()
  /** Paths that are no entries of those, or links among them, by the kind of thing that they led to. */
  readonly #kinds = new Map<string, FileStat['kind'] | null>()
  #complete = true

  /** Before a folder is listed. @param tells whether its times tell that it changed */
  folder(path: string, peek: Peek, tells: (stat: FileStat) => boolean): void {
    // Listed twice: what the first listing was made from is the older.
    if (!this.#complete || this.#folders.has(path)) return
    try {
      const stat = peek(path)
      this.#folders.set(path, stat)
      if (stat !== null && !tells(stat)) this.#lose()
    } catch {
      this.#lose()
    }
  }

  /** Before it is asked what a path leads to. */
  entry(path: string, peek: Peek): void {
    if (!this.#complete || this.#kinds.has(path)) return
    const kind = kindOf(path, peek)
    if (kind === 'unknown') this.#lose()
    else this.#kinds.set(path, kind)
  }

  /** Something went into the listing that leaves no trace. */
  #lose(): void {
    this.#complete = false
    this.#folders.clear()
    this.#kinds.clear()
  }

  /** Nothing can have changed behind the same times. @param now wall clock, milliseconds, from before the first listing */
  isReliable(now: number): boolean {
    if (!this.#complete) return false
    for (const stat of this.#folders.values()) {
      // A copy that gives a folder its old time back (rsync, tar) changes its inode all the same.
      if (stat !== null && (isFresh(stat, now) || isFresh({ mtime: stat.ctime }, now))) return false
    }
    return true
  }

  holds(peek: Peek): boolean {
    try {
      for (const [path, was] of this.#folders) if (!isSame(peek(path), was)) return false
    } catch {
      return false
    }
    for (const [path, kind] of this.#kinds) if (kindOf(path, peek) !== kind) return false
    return true
  }
}

function isSame(now: FileStat | null, was: FileStat | null): boolean {
  if (now === null || was === null) return now === was
  // The time of the last change to the inode tells of rights that were taken away.
  return now.mtime === was.mtime && now.ctime === was.ctime && now.ino === was.ino && now.dev === was.dev
}

function kindOf(path: string, peek: Peek): FileStat['kind'] | null | 'unknown' {
  try {
    return peek(path)?.kind ?? null
  } catch {
    return 'unknown'
  }
}
