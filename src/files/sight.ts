// What the looks at files share: the parts they use, the moment they happen in, and whether a path leads to a file.

import type { Catalogue, Displacement } from './catalogue.ts'
import type { Candidate } from './discover.ts'
import { type Disk, type FileStat, inodeKey, type OpenFile } from './disk.ts'
import type { BirthTimes } from './evidence.ts'
import type { FileEvent } from './file-events.ts'
import type { Digest } from './fingerprint.ts'
import type { Packed } from './gzips.ts'
import type { Handles } from './handles.ts'
import type { Position } from './position.ts'
import type { TrackedFile } from './tracked-file.ts'

export interface IdentifyParts {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly handles: Handles
  readonly birthTimes: BirthTimes
  readonly emit: (event: FileEvent) => void
}

/** What `identify` asks of the moment. Milliseconds. */
export interface Moment {
  /** Wall clock, for `ignore_older`. */
  readonly now: number
  readonly monotonic: number
  /** Bytes that are given up belong to this session. */
  readonly session: string
}

/** A file that no identity is known for: to be born. */
export interface NewFile {
  readonly candidate: Candidate
  readonly stat: FileStat
  readonly fresh: boolean
  readonly head: Digest
  /** Open, as long as there is room for more handles. */
  readonly handle: OpenFile | null
  /** Where it lies, links followed: renames are sought there. */
  readonly place: string
  /** rotated: it was never seen under the candidate's path, but under another name. */
  readonly life: 'living' | 'rotated'
  /** File id of what it is a copy of, so that nothing of it is shipped. */
  readonly copyOf: string | null
  /** Of one that is a `.gz`: what it was like when it was proven, and where the decompressed stream ends. */
  readonly gzip: { readonly packed: Packed; readonly end: Position } | null
}

/** The inode is another file's from now on, or holds other bytes: the file waits for the end of the look, where its copy is sought. */
export async function displace(
  { catalogue, handles }: IdentifyParts,
  file: TrackedFile,
  how: Exclude<Displacement, 'gone'>,
): Promise<void> {
  catalogue.displace(file, how)
  await handles.close(file)
}

/** It was known as a copy of another file, and nothing of it was ever shipped. */
export const isCopy = ({ birth, totals }: TrackedFile): boolean => birth.copyOf !== undefined && totals.shipped === 0

/** Whether the file's own path still leads to it. */
export function leadsTo(disk: Disk, file: TrackedFile): boolean {
  return statOf(disk, file.path, file) !== null
}

/** What `path` leads to, if that is this file by device and inode. */
export function statOf(disk: Disk, path: string, file: TrackedFile): FileStat | null {
  const stat = fileAt(disk, path)
  return stat !== null && inodeKey(stat) === inodeKey(file.identity) ? stat : null
}

/** The file that `path` leads to; null where it leads to none, or cannot be asked. */
export function fileAt(disk: Disk, path: string): FileStat | null {
  try {
    const stat = disk.peek(path)
    return stat?.kind === 'file' ? stat : null
  } catch {
    return null
  }
}

/** The file of `stat` at `place`, opened; null where it cannot be, or where `place` leads to another one since the look. */
export async function reopened(disk: Disk, place: string, stat: FileStat): Promise<OpenFile | null> {
  const handle = await disk.open(place).catch(() => null)
  const now = await handle?.stat().catch(() => null)
  if (now != null && inodeKey(now) === inodeKey(stat)) return handle
  await handle?.close()
  return null
}
