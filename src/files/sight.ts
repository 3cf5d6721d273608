// What the looks at files share: the parts they use, the moment they happen in, and whether a path leads to a file.

import type { Catalogue } from './catalogue.ts'
import { type Disk, type FileStat, inodeKey } from './disk.ts'
import type { BirthTimes } from './evidence.ts'
import type { FileEvent } from './file-events.ts'
import type { Handles } from './handles.ts'
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

/** The inode is another file's from now on, or holds other bytes: what was not read of this one is abandoned, and told. */
export async function endFile(
  { catalogue, handles, emit }: IdentifyParts,
  file: TrackedFile,
  how: 'replaced' | 'truncated' | 'rewritten',
  { session }: Moment,
): Promise<void> {
  emit({ name: 'file_ended', file, how, abandoned: file.abandonRest(session) })
  catalogue.end(file)
  await handles.close(file)
}

/** Whether the file's own path still leads to it. */
export function leadsTo(disk: Disk, file: TrackedFile): boolean {
  return statOf(disk, file.path, file) !== null
}

/** What `path` leads to, if that is this file by device and inode. */
export function statOf(disk: Disk, path: string, file: TrackedFile): FileStat | null {
  try {
    const stat = disk.peek(path)
    return stat !== null && stat.kind === 'file' && inodeKey(stat) === inodeKey(file.identity) ? stat : null
  } catch {
    return null
  }
}
