// What becomes of a spool's file once all of it is acked and the checkpoint that says so is durable (`on_complete`). The file is put
// aside first, under a name that nobody else knows; only if it still is as it was shipped, it gets its last name, or none.

import { basename, dirname, join } from 'node:path'
import type { Config, InputConfig } from '../config/config.ts'
import type { Catalogue } from '../files/catalogue.ts'
import type { Candidate } from '../files/discover.ts'
import type { Disk, FileStat } from '../files/disk.ts'
import type { Handles } from '../files/handles.ts'
import { fileAt, statOf } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Emit } from '../observe/events.ts'
import { readable, systemCode } from '../support/errors.ts'
import type { Mover } from './mover.ts'
import { asideOf, formerNames, isPutAside, targets } from './names.ts'

export interface CompletionParts {
  readonly config: () => Config
  readonly disk: Disk
  readonly mover: Mover
  readonly catalogue: Catalogue
  readonly handles: Handles
  readonly emit: Emit
}

/** Files that one round completes: what is done in the others must not wait for long. */
const AT_MOST = 256
/** The file system has no hard links, or not this one. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

export class Completion {
  readonly #parts: CompletionParts
  /** Why a file could not be completed, so that each reason is named once. */
  readonly #named = new WeakMap<TrackedFile, string>()

  constructor(parts: CompletionParts) {
    this.#parts = parts
  }

  /** @param candidates of the last look; the checkpoint was written since @param monotonic milliseconds */
  async run(candidates: readonly Candidate[], monotonic: number): Promise<void> {
    const inputs = this.#parts
      .config()
      .inputs.filter(({ mode, onComplete }) => mode === 'spool' && onComplete !== 'keep')
    if (inputs.length === 0) return
    let left = AT_MOST
    for (const [file, input] of this.#sought(inputs, candidates)) {
      if (!isDue(file, input, monotonic)) continue
      if (left-- === 0) return
      await this.#complete(file, input, monotonic).catch((error: unknown) => this.#fail(file, readable(error)))
    }
  }

  /** Files where a candidate of such an input leads to, and those that were put aside. */
  *#sought(inputs: readonly InputConfig[], candidates: readonly Candidate[]): Generator<[TrackedFile, InputConfig]> {
    for (const { path, input } of candidates) {
      if (!inputs.includes(input)) continue
      const file = this.#at(path)
      // A link is not what it leads to, which may be any file of the system.
      if (file !== undefined && !isPutAside(file.path) && file.path === this.#entry(path)) yield [file, input]
    }
    for (const file of this.#parts.catalogue.all()) {
      const input = isPutAside(file.path) ? inputs.find(({ name }) => name === file.birth.input) : undefined
      if (input !== undefined && file.path === asideOf(dirname(file.path), file.id)) yield [file, input]
    }
  }

  #at(path: string): TrackedFile | undefined {
    const { catalogue, disk } = this.#parts
    const stat = fileAt(disk, path)
    return stat === null ? undefined : catalogue.at(stat)
  }

  /** The path with the links to its folder followed, and no other. */
  #entry(path: string): string | null {
    const folder = this.#parts.disk.resolve(dirname(path))
    return folder === null ? null : join(folder, basename(path))
  }

  async #complete(file: TrackedFile, input: InputConfig, monotonic: number): Promise<void> {
    const { mover, handles } = this.#parts
    const from = file.path
    const folder = dirname(from)
    const aside = asideOf(folder, file.id)
    const first = isPutAside(from) ? join(folder, basename(file.birth.place ?? file.birth.path)) : from
    if (from !== aside) await mover.rename(from, aside)
    const stat = statOf(this.#parts.disk, aside, file)
    if (stat === null || !isAsShipped(file, stat)) return this.#putBack(file, aside, first, stat === null)
    move(file, aside)
    try {
      if (input.onComplete === 'delete') {
        // Whoever still writes to it writes to this handle; what comes is shipped while it is held.
        await handles.of(file)
        await mover.unlink(aside)
        file.changedAt = monotonic
        this.#tell(file, 'deleted', first)
        return
      }
      const target = await this.#place(file, aside, basename(first), input)
      await handles.close(file)
      // On another volume it is another inode, and this one is gone.
      if (statOf(this.#parts.disk, target, file) !== null) move(file, target)
      this.#tell(file, input.onComplete === 'move' ? 'moved' : 'renamed', target)
    } catch (error) {
      await this.#putBack(file, aside, first, false).catch(() => {})
      throw error
    }
  }

  /** Gives the file its last name, and returns that. */
  async #place(file: TrackedFile, aside: string, name: string, input: InputConfig): Promise<string> {
    try {
      return await this.#give(file, aside, targets(dirname(aside), name, input))
    } catch (error) {
      if (systemCode(error) !== 'EXDEV' || input.moveTo === null) throw error
      return this.#copyAcross(file, aside, name, input, input.moveTo)
    }
  }

  /** The first of `names` that nobody has becomes the name of what is at `from`. */
  async #give(file: TrackedFile | null, from: string, names: Iterable<string>): Promise<string> {
    const { mover, disk } = this.#parts
    for (const name of names) {
      try {
        const linked = await mover.link(from, name)
        // Of an agent that was killed before it took the other name away.
        if (linked === 'taken' && (file === null || statOf(disk, name, file) === null)) continue
        await mover.unlink(from)
        return name
      } catch (error) {
        if (!NO_LINKS.has(systemCode(error) ?? '')) throw error
        if ((await mover.renameTo(from, name)) === 'renamed') return name
      }
    }
    throw new Error('no name is free')
  }

  /** To another volume: the copy is complete and durable before it gets its name, and has that before the original goes. */
  async #copyAcross(
    file: TrackedFile,
    aside: string,
    name: string,
    input: InputConfig,
    moveTo: string,
  ): Promise<string> {
    const { disk, mover } = this.#parts
    const copy = asideOf(moveTo, file.id)
    // With two names it has its last one already, from an agent that was killed then.
    const isPlaced = (fileAt(disk, copy)?.links ?? 0) > 1
    let target = copy
    if (!isPlaced) {
      await mover.copy(aside, copy)
      const stat = statOf(disk, aside, file)
      if (stat === null || !isAsShipped(file, stat) || fileAt(disk, copy)?.size !== stat.size) {
        await mover.unlink(copy)
        throw new Error('it changed while it was copied')
      }
      target = await this.#nameCopy(copy, targets(dirname(aside), name, input))
    }
    await mover.unlink(aside)
    if (target === copy || fileAt(disk, copy) !== null) await mover.unlink(copy)
    return target
  }

  async #nameCopy(copy: string, names: Iterable<string>): Promise<string> {
    const { mover } = this.#parts
    for (const name of names) {
      try {
        if ((await mover.link(copy, name)) === 'linked') return name
      } catch (error) {
        if (!NO_LINKS.has(systemCode(error) ?? '')) throw error
        if ((await mover.renameTo(copy, name)) === 'renamed') return name
      }
    }
    throw new Error('no name is free')
  }

  /** @param isOther what was put aside is not this file, but one that came to its name just then */
  async #putBack(file: TrackedFile, aside: string, first: string, isOther: boolean): Promise<void> {
    const name = await this.#give(isOther ? null : file, aside, formerNames(first))
    if (isOther) return this.#fail(file, `another file came to its name; that is ${name} now`)
    move(file, name)
    this.#fail(file, 'it was written to after it was taken; what is new is shipped first')
  }

  #tell(file: TrackedFile, how: 'deleted' | 'moved' | 'renamed', to: string): void {
    this.#named.delete(file)
    this.#parts.emit({ name: 'spool_completed', file, how, to })
  }

  #fail(file: TrackedFile, reason: string): void {
    if (this.#named.get(file) === reason) return
    this.#named.set(file, reason)
    this.#parts.emit({ name: 'spool_kept', file, reason })
  }
}

function move(file: TrackedFile, path: string): void {
  file.path = path
  file.dirty = true
}

/** All of it is acked, durably, and nobody wrote to it for `spool_quiet`. */
function isDue(file: TrackedFile, { spoolQuiet }: InputConfig, monotonic: number): boolean {
  if (file.lag > 0 || file.inFlight || file.dirty || file.fresh || file.trouble !== null) return false
  if (file.totals.abandoned > 0 || file.birth.copyOf !== undefined || file.lastStat === null) return false
  const isThere = file.life === 'living' || file.life === 'rotated'
  return isThere && monotonic - file.changedAt >= spoolQuiet
}

function isAsShipped({ identity, settled, lastStat }: TrackedFile, { size, mtime }: FileStat): boolean {
  if (identity.packed !== undefined) return size === identity.packed.size && mtime === identity.packed.mtime
  return size === settled.offset && mtime === lastStat?.mtime
}
