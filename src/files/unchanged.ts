// What did not change since the last look needs no second one: so it is with nearly all of many files, nearly always.

import { type Candidate, isGzip } from './discover.ts'
import type { FileStat } from './disk.ts'
import type { Look } from './look.ts'
import { fileAt, type IdentifyParts, leadsTo } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

type Parts = Pick<IdentifyParts, 'disk' | 'catalogue' | 'birthTimes'>

/** The path leads to its known file, and that is as it was. One that does not may have changed in any way. */
export function passes(parts: Parts, candidate: Candidate, look: Look): boolean {
  const { path } = candidate
  const stat = isGzip(path) ? null : fileAt(parts.disk, path)
  if (stat === null) return false
  parts.birthTimes.note(stat)
  const known = parts.catalogue.at(stat)
  if (known?.path !== path || known.identity.packed !== undefined || look.isSighted(known)) return false
  if (!isUnchanged(parts, known, path, stat)) return false
  candidate.path = known.path
  look.sight(known)
  return true
}

/** Nothing changed since the last look; by another of its names only as long as its own still leads to it. */
export function isUnchanged({ disk, birthTimes }: Parts, file: TrackedFile, path: string, stat: FileStat): boolean {
  const last = file.lastStat
  // One that was not to be found is living again.
  if (file.life === 'missing' || file.life === 'gone' || file.lostRounds > 0 || file.fresh) return false
  if (last === null || last.size !== stat.size || last.mtime !== stat.mtime || last.ctime !== stat.ctime) return false
  return !birthTimes.differ(file.identity, stat) && (file.path === path || leadsTo(disk, file))
}
