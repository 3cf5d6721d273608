// What `status` says of each file: its record in the state, and the size that its path has on disk now.

import { type Disk, type FileStat, inodeKey } from '../files/disk.ts'
import { BirthTimes, isContinuation } from '../files/evidence.ts'
import type { Life } from '../files/life.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { readable } from '../support/errors.ts'

/** The five accounts: every byte below the size that was seen is in exactly one (law 2). */
export const ACCOUNTS = ['shipped', 'pending', 'filtered', 'dead_lettered', 'abandoned'] as const

export type FileStatus = Readonly<Record<(typeof ACCOUNTS)[number], number>> & {
  readonly file_id: string
  /** Where it was last found. */
  readonly path: string
  /** The path at its birth. */
  readonly filename: string
  readonly input: string
  readonly topic: string
  readonly partition: number | null
  readonly state: Life
  /** On disk now; null when nothing, or another file, is at `path`. */
  readonly size: number | null
  readonly size_seen: number
  readonly committed: number
  /** Size on disk (else the size that was seen) minus committed offset. */
  readonly lag: number
  /** Abandoned bytes behind `size_seen`: the accounts add up to `size_seen + cut_off`. */
  readonly cut_off: number
  readonly identity: { readonly dev: string; readonly ino: string; readonly birth: string; readonly head: Head }
  readonly last_error: string | null
  /** All that is on disk of it is settled; null when nothing at `path` is this file. */
  readonly safe_to_delete: boolean | null
}

interface Head {
  readonly length: number
  readonly hash: string
}

interface Sighting {
  readonly stat: FileStat | null
  readonly fault: string | null
}

/** @param recent nanoseconds: what changed on disk since then is compared with what was read before it is called safe to delete */
export async function statusOf(files: readonly TrackedFile[], disk: Disk, recent: bigint): Promise<FileStatus[]> {
  const birthTimes = new BirthTimes()
  const sightings = files.map((file) => sight(file, disk))
  for (const { stat } of sightings) if (stat !== null) birthTimes.note(stat)
  const rows: FileStatus[] = []
  const changed: Promise<void>[] = []
  for (const [index, file] of files.entries()) {
    const { stat, fault } = sightings[index] as Sighting
    const own = stat !== null && !birthTimes.differ(file.identity, stat) && !isRepacked(file, stat) ? stat : null
    const row = rowOf(file, own === null ? null : sizeOf(file, own), fault)
    rows.push(row)
    if (own === null || row.safe_to_delete !== true || own.mtime < recent || file.identity.packed !== undefined)
      continue
    const at = index
    changed.push(isSame(file, disk).then((same) => void (same || (rows[at] = { ...row, safe_to_delete: false }))))
    if (changed.length % OPEN_AT_ONCE === 0) await Promise.all(changed.splice(0))
  }
  await Promise.all(changed)
  return rows
}

const OPEN_AT_ONCE = 64

function sight(file: TrackedFile, disk: Disk): Sighting {
  // Its inode holds another file's bytes by now.
  if (file.life === 'ended' || file.life === 'displaced') return { stat: null, fault: null }
  try {
    const stat = disk.peek(file.path)
    const isIt = stat !== null && stat.kind === 'file' && inodeKey(stat) === inodeKey(file.identity)
    return { stat: isIt ? stat : null, fault: null }
  } catch (error) {
    return { stat: null, fault: readable(error) }
  }
}

/** Another content is in the `.gz` than the one that was proven. */
const isRepacked = ({ identity: { packed } }: TrackedFile, { size, mtime }: FileStat): boolean =>
  packed !== undefined && (packed.size !== size || packed.mtime !== mtime)

/** Of a `.gz` all numbers are of the decompressed stream. */
const sizeOf = ({ identity, size }: TrackedFile, stat: FileStat): number =>
  identity.packed === undefined ? stat.size : size

function rowOf(file: TrackedFile, size: number | null, fault: string | null): FileStatus {
  const { identity, totals, settled, birth } = file
  const isSettled = file.lag === 0 && size === settled.offset && file.life !== 'missing' && file.life !== 'gone'
  return {
    file_id: file.id,
    path: file.path,
    filename: birth.path,
    input: birth.input,
    topic: birth.topic,
    partition: birth.partition,
    state: file.life,
    size,
    size_seen: file.size,
    committed: settled.offset,
    lag: Math.max(0, (size ?? file.size) - settled.offset),
    shipped: totals.shipped,
    pending: file.lag,
    filtered: totals.filtered,
    dead_lettered: totals.dead_lettered,
    abandoned: totals.abandoned,
    cut_off: file.cutOff,
    identity: {
      dev: String(identity.dev),
      ino: String(identity.ino),
      birth: String(identity.birth),
      head: identity.head,
    },
    last_error: file.trouble ?? fault,
    safe_to_delete: size === null ? null : isSettled,
  }
}

/** False as well where that cannot be found out. */
async function isSame(file: TrackedFile, disk: Disk): Promise<boolean> {
  try {
    const handle = await disk.open(file.path)
    try {
      return await isContinuation(file, handle)
    } finally {
      await handle.close()
    }
  } catch {
    return false
  }
}

/** What is wrong with the books of a file; null when its accounts add up. */
export function bookFault(file: FileStatus): string | null {
  const sum = ACCOUNTS.reduce((total, account) => total + file[account], 0)
  const negative = ACCOUNTS.find((account) => file[account] < 0)
  if (negative === undefined && sum === file.size_seen + file.cut_off) return null
  const sums = ACCOUNTS.map((account) => `${account.replace('_', '-')} ${file[account]}`).join(' + ')
  return `${file.path} (${file.file_id}): its accounts do not add up: ${sums} = ${sum}, not ${file.size_seen + file.cut_off}`
}
