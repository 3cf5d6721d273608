// Which files wait although they have something to say: since their input has used up its `rate_limit`, or since they `linger` for
// a fuller message. What waits stays on the disk; nothing is ever dropped for it.

import type { InputConfig } from './config/config.ts'
import type { TrackedFile } from './files/tracked-file.ts'

export interface RestraintParts {
  readonly inputOf: (file: TrackedFile) => InputConfig
  /** Bytes that fill a message of this file; null while that is not known. */
  readonly fills: (file: TrackedFile) => number | null
}

/** What an input may read now, in bytes. It may go into debt by its last read, and then waits until that is made up for. */
interface Allowance {
  bytes: number
  /** Monotonic milliseconds at which that was. */
  at: number
}

export class Restraint {
  readonly #parts: RestraintParts
  readonly #allowances = new Map<string, Allowance>()
  /** Since when files have had something to say, monotonic milliseconds. */
  #since = new Map<TrackedFile, number>()
  #until = Number.POSITIVE_INFINITY

  constructor(parts: RestraintParts) {
    this.#parts = parts
  }

  /** Before each pass: what is not among `work` has nothing to say, and what comes to it later is new. */
  begin(work: readonly TrackedFile[], monotonic: number): void {
    this.#until = Number.POSITIVE_INFINITY
    const since = new Map<TrackedFile, number>()
    for (const file of work)
      if (this.#parts.inputOf(file).message.linger > 0) since.set(file, this.#since.get(file) ?? monotonic)
    this.#since = since
  }

  /** Monotonic milliseconds at which the first of those that waited since `begin` need wait no longer. */
  get until(): number {
    return this.#until
  }

  /** @param hurry nothing waits for a fuller message any more */
  holds(file: TrackedFile, monotonic: number, hurry: boolean): boolean {
    const input = this.#parts.inputOf(file)
    const free = Math.max(this.#withinRate(input, monotonic), hurry ? 0 : this.#lingered(file, input))
    if (free <= monotonic) return false
    this.#until = Math.min(this.#until, free)
    return true
  }

  /** So many bytes of the file were read. */
  took(file: TrackedFile, bytes: number, monotonic: number): void {
    const { name, message } = this.#parts.inputOf(file)
    if (message.rateLimit > 0) this.#allowance(name, message.rateLimit, monotonic).bytes -= bytes
  }

  #withinRate({ name, message: { rateLimit } }: InputConfig, monotonic: number): number {
    if (rateLimit === 0) return 0
    const { bytes } = this.#allowance(name, rateLimit, monotonic)
    return bytes > 0 ? 0 : monotonic + Math.floor((-bytes / rateLimit) * 1000) + 1
  }

  #allowance(input: string, rate: number, monotonic: number): Allowance {
    let found = this.#allowances.get(input)
    if (found === undefined) this.#allowances.set(input, (found = { bytes: rate, at: monotonic }))
    // What was not used is kept for a second, no longer.
    found.bytes = Math.min(rate, found.bytes + (rate * (monotonic - found.at)) / 1000)
    found.at = monotonic
    return found
  }

  /** What was renamed away or deleted may vanish, and what is in a spool does not grow: neither waits for more. */
  #lingered(file: TrackedFile, { mode, message: { linger } }: InputConfig): number {
    if (linger === 0 || mode === 'spool' || file.life !== 'living') return 0
    const full = this.#parts.fills(file)
    if (full !== null && file.size - file.cursor.offset >= full) return 0
    return (this.#since.get(file) ?? 0) + linger
  }
}
