// The part of identify that sees through device numbers, which a remount or a reboot may change.

import type { FileStat, OpenFile } from './disk.ts'
import { isContinuation } from './evidence.ts'
import { isAsProven } from './gzips.ts'
import type { Look } from './look.ts'
import { fileAt, type IdentifyParts, leadsTo } from './sight.ts'
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

/**
 * The path among these that the file was renamed to before its device got another number: no input need match it.
 * @param look an inode that a path of an input led to is not it
 */
export async function remountedAmong(
  parts: IdentifyParts,
  file: TrackedFile,
  paths: readonly string[],
  look: Look,
): Promise<string | null> {
  const { ino, birth } = file.identity
  for (const path of paths) {
    const stat = fileAt(parts.disk, path)
    if (stat === null || stat.ino !== ino || stat.birth !== birth) continue
    if (parts.catalogue.at(stat) !== undefined || look.isTaken(stat, undefined)) continue
    const handle = await parts.disk.open(path).catch(() => null)
    try {
      if (handle !== null && (await remounted(parts, await handle.stat(), handle)) === file) return path
    } catch {
      // What cannot be read now is missing until it can.
    } finally {
      await handle?.close()
    }
  }
  return null
}

/** The same inode on a device that has another number now, while the old one cannot be reached. */
async function remounted(parts: IdentifyParts, now: FileStat, handle: OpenFile): Promise<TrackedFile | undefined> {
  for (const file of elsewhere(parts, now)) {
    if (file.identity.packed !== undefined || now.size < file.readEnd) continue
    if (!(await isContinuation(file, handle))) continue
    await remount(parts, file, now)
    return file
  }
  return undefined
}

/** The same of a known `.gz`, which has not changed since it was proven. */
export async function remountGzip(parts: IdentifyParts, now: FileStat): Promise<boolean> {
  const file = elsewhere(parts, now).find((known) => isAsProven(known, now))
  if (file !== undefined) await remount(parts, file, now)
  return file !== undefined
}

/** Known files with this inode number and birth time on another device, which their paths do not lead to; the latest first, which took the inode over. */
function elsewhere({ catalogue, disk }: IdentifyParts, { ino, birth, dev }: FileStat): TrackedFile[] {
  if (birth === 0n) return []
  const files = [...catalogue.withIno(ino)].toReversed()
  return files.filter((file) => file.identity.birth === birth && file.identity.dev !== dev && !leadsTo(disk, file))
}

async function remount(
  { catalogue, handles, emit }: IdentifyParts,
  file: TrackedFile,
  { dev }: FileStat,
): Promise<void> {
  emit({ name: 'file_remounted', file })
  catalogue.move(file, { ...file.identity, dev })
  // A handle on the old device gives no more than what was there when it went.
  await handles.close(file)
  file.dirty = true
}
