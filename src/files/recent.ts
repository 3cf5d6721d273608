// At a start: what changed lately is not taken for unchanged, but opened by the first look, and held. It may be written to and go
// where no path leads before the next one.

import type { TrackedFile } from './tracked-file.ts'

export interface Recent {
  /** Wall clock, milliseconds. */
  readonly now: number
  /** Milliseconds for which a file is held open since its last change. */
  readonly held: (file: TrackedFile) => number
  /** Files that may be held open. */
  readonly most: number
}

export function openRecent(files: Iterable<TrackedFile>, { now, held, most }: Recent): void {
  const recent: { readonly file: TrackedFile; readonly age: number }[] = []
  for (const file of files) {
    const age = file.lastStat === null ? Number.POSITIVE_INFINITY : now - Number(file.lastStat.mtime / 1_000_000n)
    if (age < held(file)) recent.push({ file, age })
  }
  if (recent.length > most) recent.sort((a, b) => a.age - b.age)
  for (const { file } of recent.slice(0, most)) file.lastStat = null
}
