// What is known of the `.gz` files that are not, or no longer, known as a file's: looked into between the turns of a round, in
// steps, since no look may hang on a large one.

import { readable, systemCode } from '../support/errors.ts'
import { type Disk, type FileStat, inodeKey, type OpenFile } from './disk.ts'
import { HEAD_MAX } from './fingerprint.ts'
import { GzipFile } from './gzip-file.ts'
import { GzipProof, type Whole } from './gzip-proof.ts'
import type { Position } from './position.ts'
import type { Moment } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/** So many are looked into at a time; the others wait, so that memory is bounded. */
const AT_ONCE = 1000
const LOOKS_BETWEEN_TRIES = 10

/** A `.gz` that ends too early may still be being written, as long as it changed within so many milliseconds. */
const PATIENCE_MS = 60_000

/** The reason why a `.gz` that is still being written cannot be read to its end. */
const INCOMPLETE = 'it ends too early'

/** How large a `.gz` was, and when it had last changed, when it was proven. */
export interface Packed {
  readonly size: number
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint
}

/** One `.gz` with one content. */
export interface Gzip {
  path: string
  readonly key: string
  readonly packed: Packed
  /** The first bytes of the decompressed stream; null while they were not read. */
  front: Buffer | null
  /** Of the decompressed last member, modulo 2^32: what the trailer says. */
  lastSize: number
  /** Where known files stood when the proof began, and before. */
  positions: ReadonlyMap<TrackedFile, readonly Position[]>
  whole: Whole | null
  /** Why it cannot be read to its end. */
  fault: string | null
  /** Where the system would not let us: it lacks something just now (soon), or refuses (later). */
  retry: 'soon' | 'later' | null
  /** Looks until it is tried again. */
  retryIn: number
  /** Files that it is compared with in the proof that is wanted; null: none is. */
  wanted: Set<TrackedFile> | null
  /** The last look asked for it. */
  isAsked: boolean
}

interface Running {
  readonly gzip: Gzip
  readonly file: OpenFile
  readonly proof: GzipProof
}

export class Gzips {
  readonly #disk: Disk
  /** By inode. */
  readonly #known = new Map<string, Gzip>()
  #running: Running | null = null
  #hasNews = false

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** There is more to find out, or something was, which the next look has to see. */
  get isPending(): boolean {
    return this.#hasNews || this.isBusy
  }

  get isBusy(): boolean {
    for (const gzip of this.#known.values()) if (hasWork(gzip)) return true
    return false
  }

  /** A look begins: what the last one did not ask for is forgotten. */
  begin(): void {
    this.#hasNews = false
    for (const [key, gzip] of this.#known) {
      if (!gzip.isAsked || --gzip.retryIn <= 0) this.#known.delete(key)
      gzip.isAsked = false
    }
  }

  /** What is known of it; null while nothing is, and it has to be asked for again in the next look. */
  at(path: string, stat: FileStat): Gzip | null {
    const key = inodeKey(stat)
    let gzip = this.#known.get(key)
    if (gzip === undefined || !isProven(gzip.packed, stat)) {
      if (gzip === undefined && this.#known.size >= AT_ONCE) {
        this.#hasNews = true
        return null
      }
      const packed = { size: stat.size, mtime: stat.mtime }
      gzip = { ...nothing, path, key, packed, positions: new Map() }
      this.#known.set(key, gzip)
    }
    gzip.isAsked = true
    gzip.path = path
    return gzip.front === null && gzip.fault === null ? null : gzip
  }

  /** There was room for it among those that are looked into. */
  has(stat: FileStat): boolean {
    return this.#known.has(inodeKey(stat))
  }

  /** Asks for a proof in which `gzip` is compared with `files` as they stand then. */
  prove(gzip: Gzip, files: Iterable<TrackedFile>): void {
    gzip.wanted ??= new Set()
    for (const file of files) gzip.wanted.add(file)
  }

  /** Goes on with what was asked for. False when there is nothing to do. */
  async step(): Promise<boolean> {
    const running = this.#running
    if (running !== null && this.#known.get(running.gzip.key) === running.gzip) return this.#goOn(running)
    await this.stop()
    for (const gzip of this.#known.values()) {
      if (!hasWork(gzip)) continue
      if (gzip.front === null) await this.#lookInto(gzip)
      else await this.#start(gzip)
      return true
    }
    return false
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    running?.proof.stop()
    await running?.file.close()
  }

  async #lookInto(gzip: Gzip): Promise<void> {
    try {
      const compressed = await this.#disk.open(gzip.path)
      const file = new GzipFile(compressed, 0)
      try {
        if (!(await isStill(gzip, compressed))) return this.#forget(gzip)
        const trailer = Buffer.alloc(4)
        await compressed.read(trailer, 0, 4, Math.max(0, gzip.packed.size - 4))
        gzip.lastSize = trailer.readUInt32LE()
        const front = Buffer.alloc(HEAD_MAX)
        gzip.front = front.subarray(0, await file.read(front, 0, HEAD_MAX, 0))
      } finally {
        await file.close()
      }
    } catch (error) {
      this.#fail(gzip, error)
    }
    this.#hasNews = true
  }

  async #start(gzip: Gzip): Promise<void> {
    // Those of the last proof too: two files of which each makes the other's answer be forgotten would be asked about for ever.
    const files = [...gzip.positions.keys(), ...(gzip.wanted ?? [])]
    const positions = new Map(files.map((file) => [file, [file.cursor, file.settled, ...file.trail]]))
    try {
      const file = await this.#disk.open(gzip.path)
      if (!(await isStill(gzip, file))) {
        await file.close()
        return this.#forget(gzip)
      }
      gzip.positions = positions
      gzip.whole = null
      this.#running = { gzip, file, proof: new GzipProof(file, [...positions.values()].flat()) }
    } catch (error) {
      this.#fail(gzip, error)
    }
  }

  async #goOn({ gzip, file, proof }: Running): Promise<boolean> {
    try {
      const whole = await proof.step()
      if (whole === null) return true
      if (!isProven(gzip.packed, await file.stat())) throw new Error('it changed while it was read')
      gzip.whole = whole
      gzip.wanted = null
      this.#hasNews = true
    } catch (error) {
      this.#fail(gzip, error)
    }
    await this.stop()
    return true
  }

  /** Its name was given to another one since the look, or it changed: the next look sees it clearly. */
  #forget(gzip: Gzip): void {
    this.#known.delete(gzip.key)
    this.#hasNews = true
  }

  #fail(gzip: Gzip, error: unknown): void {
    const code = systemCode(error)
    gzip.wanted = null
    gzip.fault = code === 'Z_BUF_ERROR' ? INCOMPLETE : readable(error)
    if (code?.startsWith('Z_') !== true) {
      gzip.retry = code !== null && PASSING.has(code) ? 'soon' : 'later'
      gzip.retryIn = LOOKS_BETWEEN_TRIES
    }
    this.#hasNews = true
  }
}

async function isStill({ key, packed }: Gzip, file: OpenFile): Promise<boolean> {
  const stat = await file.stat()
  return inodeKey(stat) === key && isProven(packed, stat)
}

const PASSING: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'EAGAIN'])

const nothing = {
  front: null,
  lastSize: 0,
  whole: null,
  fault: null,
  retry: null,
  retryIn: Number.POSITIVE_INFINITY,
  wanted: null,
  isAsked: true,
}

const hasWork = ({ front, fault, wanted }: Gzip): boolean => fault === null && (front === null || wanted !== null)

/** It has not changed since. */
export const isProven = (packed: Packed, { size, mtime }: FileStat): boolean =>
  packed.size === size && packed.mtime === mtime

/** The file is a `.gz` that has not changed since it was proven. */
export const isAsProven = ({ identity: { packed } }: TrackedFile, stat: FileStat): boolean =>
  packed !== undefined && isProven(packed, stat)

/** What keeps it from being read may pass: it is still being written, or there are too few handles. */
export const mayPass = ({ fault, retry }: Gzip, { ctime }: FileStat, { now }: Moment): boolean =>
  retry === 'soon' || ((retry === 'later' || fault === INCOMPLETE) && now - Number(ctime / 1_000_000n) < PATIENCE_MS)
