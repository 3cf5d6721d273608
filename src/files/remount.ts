// The part of identify that sees through device numbers, which a remount or a reboot may change.

import type { FileStat, OpenFile } from './disk.ts'
import { isContinuation } from './evidence.ts'
import { type IdentifyParts, leadsTo } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/** @param known what has this device and inode; another file where two devices have exchanged their numbers */
export async function knownAs(
  parts: IdentifyParts,
  known: TrackedFile | undefined,
  now: FileStat,
  handle: OpenFile,
): Promise<TrackedFile | undefined> {
  if (known !== undefined && !parts.birthTimes.differ(known.identity, now)) return known
  return (await remounted(parts, now, handle)) ?? known
}

/** The same inode on a device that has another number now, while the old one cannot be reached. */
async function remounted(
  { catalogue, disk, handles, emit }: IdentifyParts,
  now: FileStat,
  handle: OpenFile,
): Promise<TrackedFile | undefined> {
  for (const file of catalogue.withIno(now.ino)) {
    const { identity } = file
    if (identity.birth !== now.birth || now.birth === 0n) continue
    if (identity.dev === now.dev || now.size < file.readEnd || leadsTo(disk, file)) continue
    if (!(await isContinuation(file, handle))) continue
    emit({ name: 'file_remounted', file })
    catalogue.move(file, { ...identity, dev: now.dev })
    // A handle on the old device gives no more than what was there when it went.
    await handles.close(file)
    file.dirty = true
    return file
  }
  return undefined
}
