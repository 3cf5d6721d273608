// Whether what a path leads to is to be read as a `.gz`, by its name and by what is known of it.

import { isGzip } from './discover.ts'
import type { FileStat } from './disk.ts'
import { isAsProven } from './gzips.ts'
import type { Lead } from './inspect.ts'
import { isThere } from './kinship.ts'
import type { TrackedFile } from './tracked-file.ts'

/** It was named as a `.gz`, or found beside the path that it was written under, uncompressed. */
export const isUnpacked = ({ candidate, path, life }: Lead): boolean =>
  candidate.gzip || (life === 'rotated' && isGzip(path))

/** Whether it is to be read as a `.gz`: a plain file that was renamed so is not. */
export function concerns(lead: Lead, known: TrackedFile | undefined, stat: FileStat): boolean {
  if (known === undefined || !isThere(known)) return isUnpacked(lead)
  return known.identity.packed !== undefined && (isUnpacked(lead) || isAsProven(known, stat))
}

export const isSameSize = (known: TrackedFile, stat: FileStat): boolean =>
  known.identity.packed === undefined ? stat.size === known.size : isAsProven(known, stat)
