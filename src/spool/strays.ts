// What still bears a name that only we know, and is not on its way to its end: of an agent that was killed, of settings that were
// changed since, or since its own name could not be given back at once.

import { basename, dirname, join } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import type { Catalogue } from '../files/catalogue.ts'
import type { Disk } from '../files/disk.ts'
import { fileAt, leadsTo } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Ending } from './ending.ts'
import { isWholly } from './evidence.ts'
import { idIn, isPutAside } from './names.ts'

interface Parts {
  readonly catalogue: Catalogue
  readonly disk: Disk
}

const RETRY_MS = 2_000
const NOT_ASKED = 'it was put aside, and is not to be completed any more'

export class Strays {
  readonly #parts: Parts
  readonly #ending: Ending
  #hasSought = false
  #nextTry = 0
  /** Files that were put aside and are to stay. */
  readonly #staying = new Set<TrackedFile>()

  constructor(parts: Parts, ending: Ending) {
    this.#parts = parts
    this.#ending = ending
  }

  /** After a look, so that what is known of the files is right. What cannot be done yet is tried again. @param monotonic milliseconds */
  async giveBack(inputs: readonly InputConfig[], monotonic: number): Promise<void> {
    if (!this.#hasSought) await this.#seek(inputs)
    this.#hasSought = true
    const { strays } = this.#ending
    if (strays.size + this.#staying.size === 0 || monotonic < this.#nextTry) return
    this.#nextTry = monotonic + RETRY_MS
    for (const aside of strays.keys()) await this.#ending.giveBack(aside).catch(() => {})
    for (const file of this.#staying) await this.#putBack(file).catch(() => {})
  }

  async #putBack(file: TrackedFile): Promise<void> {
    if (leadsTo(this.#parts.disk, file) && isPutAside(file.path)) await this.#ending.putBack(file, NOT_ASKED)
    this.#staying.delete(file)
  }

  async #seek(inputs: readonly InputConfig[]): Promise<void> {
    const spools = new Map(inputs.filter(({ mode }) => mode === 'spool').map((input) => [input.name, input]))
    const folders = new Set<string>()
    for (const file of this.#parts.catalogue.all()) {
      const { birth, path } = file
      const input = spools.get(birth.input)
      if (input !== undefined) folders.add(dirname(birth.place ?? birth.path))
      if (!isPutAside(path)) continue
      folders.add(dirname(path))
      if (input === undefined || input.onComplete === 'keep' || !isWholly(file)) this.#staying.add(file)
    }
    for (const folder of folders) for (const aside of await this.#asideIn(folder)) this.#note(aside)
    for (const { moveTo } of spools.values()) if (moveTo !== null) await this.#clear(moveTo)
  }

  /** A folder that cannot be listed is sought in by the next start. */
  async #asideIn(folder: string): Promise<string[]> {
    const names = await this.#parts.disk.list(folder).catch(() => [])
    return names.filter(isPutAside).map((name) => join(folder, name))
  }

  /** Under the name of a known file lies another one, or what was written over it since. */
  #note(aside: string): void {
    const { catalogue, disk } = this.#parts
    const file = catalogue.get(idIn(aside))
    const stat = fileAt(disk, aside)
    if (file === undefined || stat === null || catalogue.at(stat) === file) return
    const { birth } = file
    this.#ending.strays.set(aside, { file, first: join(dirname(aside), basename(birth.place ?? birth.path)) })
  }

  /** Copies that have their last name, and whose originals are gone. */
  async #clear(moveTo: string): Promise<void> {
    for (const aside of await this.#asideIn(moveTo)) {
      const file = this.#parts.catalogue.get(idIn(aside))
      if (file !== undefined && !leadsTo(this.#parts.disk, file)) await this.#ending.clear(file, moveTo).catch(() => {})
    }
  }
}
