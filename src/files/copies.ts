// New files that begin as a known one does: held back until it shows whether they are its copies (copytruncate), for `copy_hold`
// at most. Nothing is left out before all of it was compared.

import { basename, dirname, join } from 'node:path'
import { inodeKey, type OpenFile } from './disk.ts'
import { isContinuation } from './evidence.ts'
import { beginsWith, HEAD_MAX } from './fingerprint.ts'
import { originalsOf } from './rotated-name.ts'
import { type IdentifyParts, type Moment, type NewFile, reopened } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/** What one look may read for comparing, so that a round does not hang on a large copy. */
const BYTES_PER_LOOK = 64 * 1024 * 1024
const BLOCK = 256 * 1024

interface Held {
  readonly original: TrackedFile
  readonly file: Pick<NewFile, 'candidate' | 'place' | 'life'>
  /** Monotonic milliseconds: since then it has not changed. */
  since: number
  size: number
  mtime: bigint
  /** Another change may hide behind the same time. */
  fresh: boolean
  /** Bytes from the start that were found to be the original's. */
  compared: number
  told: boolean
}

type Comparison = 'same' | 'differs' | 'undecided' | 'unreadable'

export class Copies {
  readonly #parts: IdentifyParts
  /** By inode. */
  readonly #held = new Map<string, Held>()
  #heads: Map<string, TrackedFile[]> | null = null
  #blocks: [Buffer, Buffer] | null = null
  #budget = 0
  #hasTwins = false

  constructor(parts: IdentifyParts) {
    this.#parts = parts
  }

  /** Held files, which not every look finds again by itself. */
  get held(): Iterable<Pick<NewFile, 'candidate' | 'place' | 'life'>> {
    return [...this.#held.values()].map(({ file }) => file)
  }

  /** A file that only its rotated name speaks for waits for a decision. */
  get holdsRotated(): boolean {
    return this.#hasTwins || [...this.#held.values()].some(({ file }) => file.life === 'rotated')
  }

  /** All of the file was found to be the front of `original`. */
  isCopy(file: NewFile, original: TrackedFile): boolean {
    const held = this.#held.get(inodeKey(file.stat))
    return held !== undefined && held.original === original && held.compared >= file.stat.size
  }

  /** Returns what is to be born now; closes the handles of the others. */
  async hold(found: readonly NewFile[], moment: Moment): Promise<NewFile[]> {
    this.#budget = BYTES_PER_LOOK
    const seen = new Set(found.map(({ stat }) => inodeKey(stat)))
    for (const key of this.#held.keys()) if (!seen.has(key)) this.#held.delete(key)
    const born: NewFile[] = []
    const twins = await twinsAmong(found)
    this.#hasTwins = twins.size > 0
    for (const file of found) {
      const decided = twins.has(file) ? null : await this.#decide(file, moment)
      if (decided === null) await file.handle?.close()
      else {
        this.#held.delete(inodeKey(file.stat))
        born.push(decided)
      }
    }
    this.#heads = null
    return born
  }

  /** The known file that this one may be a copy of. */
  originalOf(file: Pick<NewFile, 'stat' | 'head' | 'place'>): TrackedFile | null {
    const held = this.#held.get(inodeKey(file.stat))
    if (held !== undefined && canBeCompared(held.original)) return held.original
    const { hash, length } = file.head
    const key = inodeKey(file.stat)
    const sameHead = length < HEAD_MAX ? [] : (this.#fullHeads().get(hash) ?? [])
    return sameHead.find((known) => inodeKey(known.identity) !== key) ?? null
  }

  async #decide(file: NewFile, moment: Moment): Promise<NewFile | null> {
    // It was compared with what is known before.
    if (file.gzip !== null) return file
    const original = this.originalOf(file) ?? (await this.#shortOriginal(file))
    if (original === null) return file
    const held = this.#holdBack(file, original, moment)
    const comparison = await this.#compare(file, held)
    if (comparison === 'differs') return file
    this.#tell(held)
    if (moment.monotonic - held.since < file.candidate.input.copyHold) return null
    // Too short to be told from another file that begins alike, or nothing to hold it against.
    if (file.stat.size < HEAD_MAX || comparison === 'unreadable') return file
    return comparison === 'same' ? { ...file, copyOf: original.id } : null
  }

  #holdBack(file: NewFile, original: TrackedFile, { monotonic }: Moment): Held {
    const key = inodeKey(file.stat)
    const { candidate, place, life, fresh } = file
    const { size, mtime } = file.stat
    let held = this.#held.get(key)
    if (held?.original !== original) {
      const began = { since: monotonic, size, mtime, fresh, compared: 0, told: false }
      held = { original, file: { candidate, place, life }, ...began }
      this.#held.set(key, held)
    }
    // A copy that is still being made, or a file that is written anew: what was compared may not be in it any more.
    const isChanged = held.size !== size || held.mtime !== mtime
    if (isChanged || held.fresh) held.compared = 0
    if (isChanged) held.since = monotonic
    return Object.assign(held, { size, mtime, fresh })
  }

  #tell(held: Held): void {
    if (!held.told) this.#parts.emit({ name: 'file_held', path: held.file.place, original: held.original })
    held.told = true
  }

  /**
   * A head that is still short proves little: only a name made out of the original's adds to it. A copy begins empty, and a round
   * may come while it has less than the original's head: that one the comparison judges.
   */
  async #shortOriginal({ place, stat, handle }: NewFile): Promise<TrackedFile | null> {
    const paths = originalsOf(basename(place)).map((name) => join(dirname(place), name))
    const originals = paths.flatMap((path) => [...this.#parts.catalogue.bornAt(path)])
    if (handle === null || originals.length === 0) return null
    const front = Buffer.allocUnsafe(HEAD_MAX)
    const bytes = front.subarray(0, await handle.read(front, 0, HEAD_MAX, 0).catch(() => 0))
    for (const known of originals) {
      if (!isThere(known) || inodeKey(known.identity) === inodeKey(stat)) continue
      if (bytes.length < known.identity.head.length || beginsWith(bytes, known.identity.head)) return known
    }
    return null
  }

  #fullHeads(): Map<string, TrackedFile[]> {
    if (this.#heads !== null) return this.#heads
    const heads = new Map<string, TrackedFile[]>()
    for (const file of this.#parts.catalogue.all()) {
      const { head } = file.identity
      if (head.length < HEAD_MAX || !isThere(file)) continue
      const same = heads.get(head.hash)
      if (same === undefined) heads.set(head.hash, [file])
      else same.push(file)
    }
    this.#heads = heads
    return heads
  }

  /** Goes on where the last look stopped. What the original no longer holds decides nothing: it was truncated just now. */
  async #compare({ stat, handle, place }: NewFile, held: Held): Promise<Comparison> {
    const { disk, handles } = this.#parts
    const copy = handle ?? (await reopened(disk, place, stat))
    try {
      const original = await handles.of(held.original)
      if (copy === null || original === null) return 'unreadable'
      const { size } = await original.stat()
      if (size < held.original.size) return 'undecided'
      const found = size < stat.size ? 'differs' : await this.#compareBlocks(copy, original, stat.size, held)
      return found === 'differs' && !(await isContinuation(held.original, original)) ? 'undecided' : found
    } catch {
      return 'unreadable'
    } finally {
      if (handle === null) await copy?.close()
    }
  }

  async #compareBlocks(copy: OpenFile, original: OpenFile, size: number, held: Held): Promise<Comparison> {
    this.#blocks ??= [Buffer.allocUnsafe(BLOCK), Buffer.allocUnsafe(BLOCK)]
    const [left, right] = this.#blocks
    while (held.compared < size && this.#budget > 0) {
      const length = Math.min(BLOCK, size - held.compared)
      const came = await copy.read(left, 0, length, held.compared)
      const there = await original.read(right, 0, length, held.compared)
      if (came < length || there < length) return 'undecided'
      if (!left.subarray(0, length).equals(right.subarray(0, length))) return 'differs'
      held.compared += length
      this.#budget -= length
    }
    return held.compared >= size ? 'same' : 'undecided'
  }
}

/**
 * New files that begin as another one does which is as new, and which they are named after: a copy that was seen before its
 * original was. The next look knows the original.
 */
async function twinsAmong(found: readonly NewFile[]): Promise<ReadonlySet<NewFile>> {
  const plain = found.filter(({ gzip, stat }) => gzip === null && stat.size > 0)
  const byPlace = new Map(plain.map((file) => [file.place, file]))
  const twins = new Set<NewFile>()
  for (const file of plain) {
    for (const name of originalsOf(basename(file.place))) {
      const other = byPlace.get(join(dirname(file.place), name))
      if (other !== undefined && (await beginAlike(file, other))) twins.add(file)
    }
  }
  return twins
}

async function beginAlike(one: NewFile, other: NewFile): Promise<boolean> {
  const [short, long] = one.head.length < other.head.length ? [one, other] : [other, one]
  if (short.head.length === long.head.length) return short.head.hash === long.head.hash
  if (short.head.length === 0 || long.handle === null) return false
  const bytes = Buffer.alloc(short.head.length)
  const came = await long.handle.read(bytes, 0, bytes.length, 0).catch(() => 0)
  return beginsWith(bytes.subarray(0, came), short.head)
}

/** Only what is still written to is copied and then truncated. */
const isThere = (file: TrackedFile): boolean => file.life === 'living' && file.birth.copyOf === undefined

/** What was copied may be renamed or deleted instead of truncated: it, or its handle, still tells. */
const canBeCompared = (file: TrackedFile): boolean =>
  isThere(file) ||
  (file.birth.copyOf === undefined && (file.life === 'rotated' || (file.life === 'deleted' && file.handle !== null)))
