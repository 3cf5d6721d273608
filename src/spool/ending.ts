// The end of one file. It is put aside first, under a name that nobody else knows; only if it still is as it was shipped, it gets
// its last name, or none.

import { basename, dirname, join } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import type { Disk } from '../files/disk.ts'
import type { Handles } from '../files/handles.ts'
import { fileAt, statOf } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Emit } from '../observe/events.ts'
import { systemCode } from '../support/errors.ts'
import { Copying } from './copying.ts'
import { isAsShipped } from './evidence.ts'
import type { Mover } from './mover.ts'
import { asideOf, formerNames, isPutAside, targets } from './names.ts'
import { Naming } from './naming.ts'

export interface EndingParts {
  readonly disk: Disk
  readonly mover: Mover
  readonly handles: Handles
  readonly emit: Emit
}

const CHANGED = 'it was written to after it was taken; what is new is shipped first'

export class Ending {
  readonly #parts: EndingParts
  readonly #naming: Naming
  readonly #copying: Copying
  /** Why a file could not be completed, so that each reason is named once. */
  readonly #named = new WeakMap<TrackedFile, string>()
  /** What another file that was put aside is to be called again, by the name that it has. */
  readonly strays = new Map<string, { readonly file: TrackedFile; readonly first: string }>()

  /** Files that have no name any more. */
  readonly deleted = new Set<TrackedFile>()

  constructor(parts: EndingParts) {
    this.#parts = parts
    this.#naming = new Naming(parts)
    this.#copying = new Copying(parts, this.#naming)
  }

  /** Rejects where it cannot be done; the file has its name then, or gets it back later. Returns whether more of it is to be copied. */
  async complete(file: TrackedFile, input: InputConfig, monotonic: number): Promise<boolean> {
    const { mover, disk } = this.#parts
    const from = file.path
    const aside = asideOf(dirname(from), file.id)
    const first = formerName(file)
    if (from !== aside) {
      await this.#clear(file, aside)
      await mover.rename(from, aside)
    }
    const stat = statOf(disk, aside, file)
    if (stat === null) {
      this.strays.set(aside, { file, first })
      await this.giveBack(aside)
      return false
    }
    if (!isAsShipped(file, stat)) {
      move(file, aside)
      await this.putBack(file, CHANGED)
      return false
    }
    move(file, aside)
    try {
      if (input.onComplete !== 'delete') return await this.#place(file, aside, basename(first), input, monotonic)
      await this.#delete(file, aside, first, monotonic)
      return false
    } catch (error) {
      if (statOf(disk, aside, file) !== null) await this.putBack(file, null).catch(() => {})
      throw error
    }
  }

  /** Nothing may lie there, but for a second name of the file, of an agent that was killed while it gave it its name back. */
  async #clear(file: TrackedFile, aside: string): Promise<void> {
    const { disk, mover } = this.#parts
    if (fileAt(disk, aside) === null) return
    if (statOf(disk, aside, file) === null) throw new Error(`${aside} is not free`)
    await mover.unlink(aside)
  }

  async #delete(file: TrackedFile, aside: string, first: string, monotonic: number): Promise<void> {
    await this.#unlinkHeld(file, aside, monotonic)
    this.#tell(file, 'deleted', first)
  }

  /** Whoever still writes to it writes to this handle; what comes is shipped while it is held. */
  async #unlinkHeld(file: TrackedFile, aside: string, monotonic: number): Promise<void> {
    const { handles, mover, disk } = this.#parts
    const handle = await handles.of(file)
    const stat = statOf(disk, aside, file)
    if (handle === null || stat === null || !isAsShipped(file, stat)) throw new Error(CHANGED)
    await mover.unlink(aside)
    file.changedAt = monotonic
    const { size, links } = await handle.stat()
    // Not to be let go with the next idle handle.
    if (size > file.size) file.seen(size)
    if (links > 0) return
    file.life = 'deleted'
    file.dirty = true
    this.deleted.add(file)
  }

  /** Gives the file its last name. Returns whether that has to wait for more of a copy. */
  async #place(
    file: TrackedFile,
    aside: string,
    name: string,
    input: InputConfig,
    monotonic: number,
  ): Promise<boolean> {
    const { handles } = this.#parts
    const how = input.onComplete === 'move' ? 'moved' : 'renamed'
    try {
      const target = await this.#naming.give(aside, targets(dirname(aside), name, input))
      await handles.close(file)
      move(file, target)
      this.#tell(file, how, target)
      return false
    } catch (error) {
      if (systemCode(error) !== 'EXDEV' || input.moveTo === null) throw error
    }
    const target = await this.#copying.copy(file, aside, input.moveTo, targets(dirname(aside), name, input))
    if (target === null) return true
    await this.#unlinkHeld(file, aside, monotonic)
    await this.#copying.clear(file, input.moveTo)
    this.#tell(file, how, target)
    return false
  }

  /** The file is put aside. @param reason null: that is told by whoever calls */
  async putBack(file: TrackedFile, reason: string | null): Promise<void> {
    move(file, await this.#naming.give(file.path, formerNames(formerName(file))))
    if (reason !== null) this.tellKept(file, reason)
  }

  /** What was put aside is not the file, but one that came to its name just then. Rejects where that cannot be named yet. */
  async giveBack(aside: string): Promise<void> {
    const stray = this.strays.get(aside)
    if (stray === undefined) return
    if (fileAt(this.#parts.disk, aside) === null) return void this.strays.delete(aside)
    const name = await this.#naming.give(aside, formerNames(stray.first))
    this.strays.delete(aside)
    this.tellKept(stray.file, `another file came to its name; that is ${name} now`)
  }

  /** See `Copying.clear`. */
  clear(file: TrackedFile, moveTo: string): Promise<void> {
    return this.#copying.clear(file, moveTo)
  }

  #tell(file: TrackedFile, how: 'deleted' | 'moved' | 'renamed', to: string): void {
    this.#named.delete(file)
    this.#parts.emit({ name: 'spool_completed', file, how, to })
  }

  tellKept(file: TrackedFile, reason: string): void {
    if (this.#named.get(file) === reason) return
    this.#named.set(file, reason)
    this.#parts.emit({ name: 'spool_kept', file, reason })
  }
}

/** What it was called before it was put aside. */
function formerName({ path, birth }: TrackedFile): string {
  return isPutAside(path) ? join(dirname(path), basename(birth.place ?? birth.path)) : path
}

function move(file: TrackedFile, path: string): void {
  if (file.path === path) return
  file.path = path
  file.dirty = true
}
