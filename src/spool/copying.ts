// To another volume a file goes as a copy, which is complete and durable before it gets its name, and has that before the original goes.

import type { Disk } from '../files/disk.ts'
import { fileAt, statOf } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { isAsShipped } from './evidence.ts'
import type { Mover } from './mover.ts'
import { asideOf } from './names.ts'
import type { Naming } from './naming.ts'

interface Parts {
  readonly disk: Disk
  readonly mover: Mover
}

interface Begun {
  /** Bytes that were copied. */
  readonly end: number
  /** Of the file when that began. */
  readonly mtime: bigint
}

const MILLISECOND = 1_000_000n

export class Copying {
  readonly #parts: Parts
  readonly #naming: Naming
  /** Copies that are being made, a share in each round. */
  readonly #begun = new Map<string, Begun>()

  constructor(parts: Parts, naming: Naming) {
    this.#parts = parts
    this.#naming = naming
  }

  /**
   * Returns the copy's name, the first of `names` that is free, and null while more is to be copied; as long as the original lies
   * there, `moveTo` holds a second name of ours.
   */
  async copy(file: TrackedFile, from: string, moveTo: string, names: Generator<string>): Promise<string | null> {
    const copy = asideOf(moveTo, file.id)
    const begun = this.#begun.get(copy) ?? null
    if (begun !== null) return (await this.#goOn(file, from, copy, begun)) ? this.#name(copy, names) : null
    const tried: string[] = []
    if (fileAt(this.#parts.disk, copy) !== null) {
      for (const name of names) {
        tried.push(name)
        // It has its name already, from an agent that was killed then.
        if (this.#naming.areOne(copy, name) && this.#isCopy(file, from, copy)) return name
        if (fileAt(this.#parts.disk, name) === null) break
      }
      // Half a copy, which somebody may have linked elsewhere: what is written comes into a file of its own.
      await this.#parts.mover.unlink(copy)
    }
    const first = { end: 0, mtime: statOf(this.#parts.disk, from, file)?.mtime ?? 0n }
    return (await this.#goOn(file, from, copy, first)) ? this.#name(copy, both(tried, names)) : null
  }

  /** Of the file as it is now. The time that a copy is given is one in milliseconds. */
  #isCopy(file: TrackedFile, from: string, copy: string): boolean {
    const [stat, made] = [statOf(this.#parts.disk, from, file), fileAt(this.#parts.disk, copy)]
    if (stat === null || made === null || !isAsShipped(file, stat)) return false
    return made.size === stat.size && made.mtime / MILLISECOND === stat.mtime / MILLISECOND
  }

  async #name(copy: string, names: Iterable<string>): Promise<string> {
    return (await this.#naming.add(copy, names)).name
  }

  /** True when all of it is copied. */
  async #goOn(file: TrackedFile, from: string, copy: string, begun: Begun): Promise<boolean> {
    const { disk, mover } = this.#parts
    try {
      const { end, done } = await mover.copy(from, copy, begun.end)
      const stat = statOf(disk, from, file)
      const isSame = stat !== null && stat.mtime === begun.mtime && isAsShipped(file, stat)
      if (!isSame || (done && fileAt(disk, copy)?.size !== stat.size)) throw new Error('it changed while it was copied')
      if (done) this.#begun.delete(copy)
      else this.#begun.set(copy, { ...begun, end })
      return done
    } catch (error) {
      this.#begun.delete(copy)
      // A full volume is not to stay full of it.
      if (fileAt(disk, copy) !== null) await mover.unlink(copy)
      throw error
    }
  }

  /** The original is gone: our own name of the copy goes too. Without hard links it is the copy's name by now. */
  async clear(file: TrackedFile, moveTo: string): Promise<void> {
    const copy = asideOf(moveTo, file.id)
    const stat = fileAt(this.#parts.disk, copy)
    if (stat !== null && stat.links > 1) await this.#parts.mover.unlink(copy)
  }
}

function* both(first: readonly string[], rest: Iterable<string>): Generator<string> {
  yield* first
  yield* rest
}
