// Open handles, at most `max_open_files`: kept while bytes are unsettled or the file changed lately, so that a rotated or
// deleted file can be read to its end.

import type { Disk, OpenFile } from './disk.ts'
import { inodeKey } from './disk.ts'
import { GzipFile } from './gzip-file.ts'
import type { TrackedFile } from './tracked-file.ts'

export class Handles {
  readonly #disk: Disk
  readonly #limit: number
  /** In order of last use. */
  readonly #open = new Set<TrackedFile>()
  /** The one compressed file that may hold a window of what it was decompressed to. */
  #awake: TrackedFile | null = null

  constructor(disk: Disk, limit: number) {
    this.#disk = disk
    this.#limit = limit
  }

  /** Files that are held open. */
  get open(): Iterable<TrackedFile> {
    return this.#open
  }

  get size(): number {
    return this.#open.size
  }

  /** Handles that may still be opened. */
  get room(): number {
    return Math.max(0, this.#limit - this.#open.size)
  }

  /** The file's handle, opened from its path when there is none. Null when the path leads to another file by now. */
  async of(file: TrackedFile): Promise<OpenFile | null> {
    if (file.handle === null) {
      const handle = await this.#disk.open(file.path)
      const stat = await handle.stat()
      if (stat.kind !== 'file' || inodeKey(stat) !== inodeKey(file.identity)) {
        await handle.close()
        return null
      }
      await this.#makeRoom()
      file.handle = file.identity.packed === undefined ? handle : new GzipFile(handle, file.size)
    }
    if (file.handle instanceof GzipFile) this.#wake(file)
    this.#open.delete(file)
    this.#open.add(file)
    return file.handle
  }

  /** Keeps a handle that was opened to identify the file. */
  async adopt(file: TrackedFile, handle: OpenFile): Promise<void> {
    await this.close(file)
    await this.#makeRoom()
    file.handle = handle
    this.#open.add(file)
  }

  #wake(file: TrackedFile): void {
    const before = this.#awake?.handle
    if (this.#awake !== file && before instanceof GzipFile) before.rest()
    this.#awake = file
  }

  async close(file: TrackedFile): Promise<void> {
    const { handle } = file
    file.handle = null
    this.#open.delete(file)
    if (handle !== null) await handle.close()
  }

  /** Closes what is settled and quiet, and over the limit what was used longest ago and can be opened again by its path. */
  async trim(isQuiet: (file: TrackedFile) => boolean): Promise<void> {
    for (const file of this.#open) {
      if (file.lag === 0 && !file.inFlight && (isOver(file) || isQuiet(file))) await this.close(file)
    }
    for (const file of this.#open) {
      if (this.#open.size <= this.#limit) return
      if (canReopen(file)) await this.close(file)
    }
  }

  /** For one more, within a round too: a restart with many files must not run out of handles. */
  async #makeRoom(): Promise<void> {
    if (this.#open.size < this.#limit) return
    for (const file of this.#open) if (canReopen(file)) return this.close(file)
  }

  /**
   * Lets go, without closing them, of the handles that alone lead to a file, whether or not all of it is settled: its writer may go on. By
   * file id, for who goes on with these files.
   */
  handOver(): Map<string, OpenFile> {
    const handles = new Map<string, OpenFile>()
    for (const file of this.#open) {
      if (file.handle === null || canReopen(file) || (file.lag === 0 && isOver(file))) continue
      handles.set(file.id, file.handle)
      file.handle = null
      this.#open.delete(file)
    }
    return handles
  }

  async closeAll(): Promise<void> {
    for (const file of this.#open) await this.close(file)
  }
}

/** A compressed file does not grow, and what it holds is held in memory. */
const isOver = (file: TrackedFile): boolean => file.life === 'ended' || file.identity.packed !== undefined

/** Its path led to it when it was last looked at; a deleted file, or one moved to another folder, is reached by its handle alone. */
const canReopen = (file: TrackedFile): boolean =>
  file.lostRounds === 0 && (file.life === 'living' || file.life === 'rotated')
