// Which of a spool's files come to their end (`on_complete`), and when: all of it is acked, and the checkpoint that says so is durable.

import { basename } from 'node:path'
import type { Config, InputConfig } from '../config/config.ts'
import type { Catalogue } from '../files/catalogue.ts'
import type { Discovery } from '../files/discover.ts'
import { fileAt, statOf } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { readable } from '../support/errors.ts'
import { Ending, type EndingParts } from './ending.ts'
import { asLastSeen, isWholly } from './evidence.ts'
import { isPutAside } from './names.ts'
import { liesIn } from './reach.ts'
import { Strays } from './strays.ts'

export interface CompletionParts extends EndingParts {
  readonly config: () => Config
  readonly catalogue: Catalogue
}

/** Files that one round completes: what is done in the others must not wait for long. */
const AT_MOST = 256
/** Milliseconds until what failed is tried again: it may be a large copy, and the others must have their turn. */
const RETRY_MS = 30_000

export class Completion {
  readonly #parts: CompletionParts
  readonly #ending: Ending
  readonly #strays: Strays
  /** A large file is on its way to another volume: the next round goes on with it. */
  isBusy = false
  /** Monotonic milliseconds before which a file that could not be completed is left alone. */
  readonly #notBefore = new WeakMap<TrackedFile, number>()

  constructor(parts: CompletionParts) {
    this.#parts = parts
    this.#ending = new Ending(parts)
    this.#strays = new Strays(parts, this.#ending)
  }

  /** @param discovery of the last look, if there was one; the checkpoint was written since @param monotonic milliseconds */
  async run(discovery: Discovery | null, monotonic: number): Promise<void> {
    this.isBusy = false
    if (discovery === null) return
    const { inputs } = this.#parts.config()
    const ending = inputs.filter(({ mode, onComplete }) => mode === 'spool' && onComplete !== 'keep')
    await this.#strays.giveBack(inputs, monotonic)
    if (ending.length === 0) return
    let left = AT_MOST
    for await (const [file, input] of this.#sought(ending, discovery, monotonic)) {
      if (left-- === 0) return
      this.isBusy = await this.#ending.complete(file, input, monotonic).catch((error: unknown) => {
        this.#notBefore.set(file, monotonic + RETRY_MS)
        this.#ending.tellKept(file, readable(error))
        return false
      })
      if (this.isBusy) return
    }
  }

  /** A deleted file that is not held open any more has lost its inode, which the next file that is written may get. */
  release(): void {
    for (const file of this.#ending.deleted) {
      if (file.handle !== null) continue
      this.#ending.deleted.delete(file)
      if (file.life === 'deleted' && file.lag === 0 && !file.inFlight) this.#parts.catalogue.end(file)
    }
  }

  /** Files where a candidate of such an input leads to, and those that were put aside. */
  async *#sought(
    inputs: readonly InputConfig[],
    discovery: Discovery,
    monotonic: number,
  ): AsyncGenerator<[TrackedFile, InputConfig]> {
    const { disk, catalogue } = this.#parts
    // What was begun comes first, so that never more than one large file is on its way.
    for (const file of catalogue.all()) {
      const input = isPutAside(file.path) ? inputs.find(({ name }) => name === file.birth.input) : undefined
      if (input === undefined || !isDue(file, input, monotonic) || this.#isPutOff(file, monotonic)) continue
      const stat = statOf(disk, file.path, file)
      if (stat !== null && asLastSeen(file, stat)) yield [file, input]
    }
    for (const { path, input } of discovery.candidates) {
      if (!inputs.includes(input)) continue
      const stat = fileAt(disk, path)
      const file = stat === null ? undefined : catalogue.at(stat)
      if (stat === null || file === undefined || isPutAside(file.path)) continue
      if (!isDue(file, input, monotonic) || this.#isPutOff(file, monotonic) || !asLastSeen(file, stat)) continue
      if (file.path === path || (await this.#isOwn(file, path, input, discovery))) yield [file, input]
    }
  }

  #isPutOff(file: TrackedFile, monotonic: number): boolean {
    return monotonic < (this.#notBefore.get(file) ?? monotonic)
  }

  /** A link led to it: what lies elsewhere may be any file of the system, and that of another input. */
  async #isOwn(file: TrackedFile, path: string, input: InputConfig, { covers }: Discovery): Promise<boolean> {
    if (basename(path) !== basename(file.path) || !liesIn(this.#parts.disk, input, path, file.path)) return false
    // Asked again, since time has passed: it may be another file by now.
    const owner = await covers(file.path)
    return (owner === undefined || owner === input) && statOf(this.#parts.disk, file.path, file) !== null
  }
}

/** All of it is acked, durably, and nobody wrote to it for `spool_quiet`. */
function isDue(file: TrackedFile, { spoolQuiet }: InputConfig, monotonic: number): boolean {
  if (file.lag > 0 || file.inFlight || file.dirty || file.fresh || file.trouble !== null) return false
  if (!isWholly(file)) return false
  const isThere = file.life === 'living' || file.life === 'rotated'
  return isThere && monotonic - file.changedAt >= spoolQuiet
}
