// Stage 3, read: what is new in a file behind its cursor, in one read that also covers the mark, so that a file that was
// truncated and grown again between two looks is never taken for the old one.

import { withScratch } from '../support/scratch.ts'
import type { Slab } from '../support/slabs.ts'
import type { Charset } from '../text/charset.ts'
import type { OpenFile } from './disk.ts'
import { beginsWith, digestOf, HEAD_MAX } from './fingerprint.ts'
import { areNuls, behindHole } from './hole.ts'
import type { Position } from './position.ts'
import type { TrackedFile } from './tracked-file.ts'

/** Unread bytes of a file in memory; `bytes[0, start)` are those before `position` that are known, for the next mark. */
export interface Window {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly position: Position
  readonly charset: Charset
  /** From the cursor on it is all that can be read at a time, and the file goes on. */
  readonly isFull: boolean
  /** Milliseconds since the epoch. */
  readonly readTime: number
}

/** `changed`: these are not the bytes that belong to this identity; it has to be identified anew. */
export type ReadResult = Window | 'changed'

/** Reads up to `slab`'s size from the cursor. Rejects with the system's error. */
export async function readWindow(
  file: TrackedFile,
  handle: OpenFile,
  slab: Slab,
  readTime: number,
  charset: Charset,
): Promise<ReadResult> {
  const position = file.cursor
  const known = position.mark.length
  const wanted = Math.min(slab.bytes.length - known, file.size - position.offset, file.readLimit - position.offset)
  const came = await handle.read(slab.bytes, 0, known + wanted, position.offset - known)
  if (came < known || !beginsWith(slab.bytes.subarray(0, known), position.mark)) return 'changed'
  const behind = behindHole(file, position)
  if (behind > 0 && areNuls(slab.bytes.subarray(known, Math.min(came, known + behind)))) return 'changed'
  if (!(await sameHead(file, handle, slab.bytes.subarray(0, came), position.offset - known))) return 'changed'
  const isFull = came === slab.bytes.length
  return { bytes: slab.bytes.subarray(0, came), start: known, end: came, position, readTime, charset, isFull }
}

/**
 * Looks at the head after the read, and lets it grow with a file that was shorter than any head: only where it is still what
 * was read from `from` on, or the head of a file rewritten meanwhile would vouch for bytes of the old one.
 */
function sameHead(file: TrackedFile, handle: OpenFile, read: Buffer, from: number): Promise<boolean> {
  const { head } = file.identity
  const wanted = head.length < HEAD_MAX ? HEAD_MAX : head.length
  return withScratch(wanted, async (bytes) => {
    const came = await handle.read(bytes, 0, wanted, 0)
    const front = bytes.subarray(0, came)
    if (!beginsWith(front, head)) return false
    const both = Math.max(0, Math.min(came - from, read.length))
    if (!front.subarray(from, from + both).equals(read.subarray(0, both))) return false
    if (came > head.length) file.identity = { ...file.identity, head: digestOf(front) }
    return true
  })
}

/** The rest of `window` behind `bytes` of it, once a chunk was made of them. */
export const advance = (window: Window, position: Position): Window => ({
  ...window,
  start: window.start + position.offset - window.position.offset,
  position,
  isFull: false,
})
