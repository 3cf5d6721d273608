// Whether a file still is what was shipped.

import type { FileStat } from '../files/disk.ts'
import type { TrackedFile } from '../files/tracked-file.ts'

/** By what a rename leaves as it is. */
export function isAsShipped({ identity, settled, lastStat }: TrackedFile, { size, mtime }: FileStat): boolean {
  if (identity.packed !== undefined) return size === identity.packed.size && mtime === identity.packed.mtime
  return size === settled.offset && mtime === lastStat?.mtime
}

/** Nothing at all was done to it since the last look, which may have given it its size and time back (rsync --times, cp -p). */
export const asLastSeen = (file: TrackedFile, stat: FileStat): boolean =>
  isAsShipped(file, stat) && (file.identity.packed !== undefined || stat.ctime === file.lastStat?.ctime)

/** Its bytes were shipped, all of them, and as its own. */
export function isWholly({ totals, birth, identity }: TrackedFile): boolean {
  // It went on in a `.gz`, which somebody made of it.
  if (identity.packed !== undefined && birth.form !== 'gzip') return false
  // NULs behind a truncation may be no hole, but what the file was written anew with.
  const hasHole = birth.hole !== undefined && totals.filtered > 0
  return totals.abandoned === 0 && birth.copyOf === undefined && birth.start === 0 && !hasHole
}
