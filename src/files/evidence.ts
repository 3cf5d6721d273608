// The evidence that two looks saw the same file: birth time, head, and the mark before an offset.

import { withScratch } from '../support/scratch.ts'
import type { LineEnds } from '../text/line-ends.ts'
import type { FileStat, OpenFile } from './disk.ts'
import { beginsWith, type Digest, digestOf, HEAD_MAX, MARK_MAX } from './fingerprint.ts'
import { areNuls, behindHole } from './hole.ts'
import type { Identity } from './identity.ts'
import type { Position } from './position.ts'
import type { TrackedFile } from './tracked-file.ts'

const BLOCK = 64 * 1024

/**
 * Birth times are evidence only on devices that keep them: where statx(2) knows none, systems report 0, or the time of the
 * last change, which moves with every append.
 */
export class BirthTimes {
  readonly #kept = new Set<bigint>()

  /** Learns from any stat: a birth time that differs from the change time is a real one. */
  note({ dev, birth, ctime }: FileStat): void {
    if (birth !== 0n && birth !== ctime) this.#kept.add(dev)
  }

  /** Of a file that was written at one go both may be the same; not of its folder, where names came and went. */
  noteBy(stat: FileStat, folder: () => FileStat | null): void {
    const at = this.of(stat) > 0n ? null : folder()
    if (at?.dev === stat.dev) this.note(at)
  }

  /** Nanoseconds; 0 where the device keeps none. */
  of({ dev, birth }: FileStat): bigint {
    return this.#kept.has(dev) ? birth : 0n
  }

  differ(known: Pick<Identity, 'birth'>, seen: FileStat): boolean {
    return this.#kept.has(seen.dev) && known.birth !== 0n && seen.birth !== 0n && known.birth !== seen.birth
  }
}

/** The kernel's clock ticks every 10 ms at the slowest (CONFIG_HZ=100), and a file's times move no finer before Linux 6.13. */
export const TICK_MS = 20
/** A file server's clock may be ahead; its files are not opened in every round for that. */
const SKEW_MS = 60_000

/** Some file systems keep whole seconds (ext3, and ext4 with small inodes), or even ones (FAT). */
const COARSE_TICK_MS = 2_020

/** Another change may hide behind the same time: git calls such an entry racily clean. `now` is from before the stat. */
export function isFresh({ mtime }: Pick<FileStat, 'mtime'>, now: number): boolean {
  const age = now - Number(mtime / 1_000_000n)
  const isWhole = mtime % 1_000_000_000n === 0n
  return age < (isWhole ? COARSE_TICK_MS : TICK_MS) && age > -SKEW_MS
}

/** What `look` makes of the bytes there, which it must not keep. */
function lookAt<T>(handle: OpenFile, from: number, length: number, look: (bytes: Buffer) => T): Promise<T> {
  return withScratch(length, async (bytes) => look(bytes.subarray(0, await handle.read(bytes, 0, length, from))))
}

export const headOf = (handle: OpenFile): Promise<Digest> => lookAt(handle, 0, HEAD_MAX, digestOf)

/** Whether the bytes before the position are those that its mark was made of. */
export function holdsMark(handle: OpenFile, { mark, offset }: Position): Promise<boolean> {
  return lookAt(handle, offset - mark.length, mark.length, (bytes) => beginsWith(bytes, mark))
}

/** Whether the handle's content continues what `file` was read from so far. */
export async function isContinuation(file: TrackedFile, handle: OpenFile): Promise<boolean> {
  const { head } = file.identity
  const behind = behindHole(file, file.cursor)
  if (behind > 0 && (await lookAt(handle, file.cursor.offset, behind, areNuls))) return false
  // The head is looked at last: a truncation between the two reads shows in it.
  const isHead = (bytes: Buffer): boolean => beginsWith(bytes, head)
  return (await holdsMark(handle, file.cursor)) && (await lookAt(handle, 0, head.length, isHead))
}

/** The position behind the last line end at or below `size`; the start where there is none. */
export async function lastLineEnd(handle: OpenFile, size: number, ends: LineEnds): Promise<Position> {
  for (let end = size - (size % ends.unit); end > 0; end -= BLOCK) {
    const from = Math.max(0, end - BLOCK)
    const at = await lookAt(handle, from, end - from, (bytes) => ends.before(bytes, bytes.length, from))
    if (at > 0) return positionAt(handle, from + at)
  }
  return positionAt(handle, 0)
}

export async function positionAt(handle: OpenFile, offset: number): Promise<Position> {
  const length = Math.min(MARK_MAX, offset)
  return { offset, carry: null, mark: await lookAt(handle, offset - length, length, digestOf) }
}
