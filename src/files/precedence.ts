// New files wait while a rotated `.gz` that was written under the same path before them is still being proven: it comes first.

import type { Gzips } from './gzips.ts'
import type { Moment, NewFile } from './sight.ts'

export class Precedence {
  readonly #gzips: Gzips
  /** By path, monotonic milliseconds since when its new files wait. */
  readonly #waiting = new Map<string, number>()

  constructor(gzips: Gzips) {
    this.#gzips = gzips
  }

  /** Closes what has to wait, which the next look finds again. @param unproven paths with a rotated `.gz` that is not known yet */
  async hold(found: readonly NewFile[], unproven: ReadonlySet<string>, { monotonic }: Moment): Promise<NewFile[]> {
    for (const path of this.#waiting.keys()) if (!unproven.has(path)) this.#waiting.delete(path)
    // What is broken, or still being written, is not waited for: nobody knows how long that would be.
    if (unproven.size === 0 || !this.#gzips.isPending) return [...found]
    const born: NewFile[] = []
    for (const file of found) {
      if (this.#hasToWait(file, unproven, monotonic)) await file.handle?.close()
      else born.push(file)
    }
    return born
  }

  #hasToWait({ candidate, life }: NewFile, unproven: ReadonlySet<string>, monotonic: number): boolean {
    const { path, input } = candidate
    if (life !== 'living' || !unproven.has(path)) return false
    const since = this.#waiting.get(path) ?? monotonic
    this.#waiting.set(path, since)
    return monotonic - since < input.rotatedQuiet
  }
}
