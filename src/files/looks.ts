// When the paths were last looked at: what was born or changed since may have been rotated away without ever being seen.

import type { Moment } from './sight.ts'

/** Milliseconds by which a file server's clock may be behind; too early a time makes a difference at the first start alone. */
const SLACK = 2_000
/** A kernel's file times lag behind its own clock by a tick. */
const TICK = 20
const DAY = 86_400_000

type Look = Pick<Moment, 'now' | 'monotonic'>

export class Looks {
  /**
   * The last two that were complete. A file that is renamed while its folder is listed may be missing from the list, so that
   * only what two looks could have seen counts as seen.
   */
  readonly #past: Look[] = []
  #stored: number | null
  #isComplete = false

  /**
   * @param stored what `durable` was in the last checkpoint
   * @param born milliseconds since the epoch of the first birth: a look saw it. That was the very first one, with a crash before the
   * first checkpoint: what lay there then is left alone here too. Not of the last: a look that had births may have left siblings to the next
   */
  constructor(stored: number | null, born: number | null) {
    this.#stored = stored ?? (born === null ? null : born + SLACK - TICK)
  }

  /** Milliseconds since the epoch; null when nothing was ever looked at. */
  since({ now, monotonic }: Look): number | null {
    // What only one look could have seen does not count as seen, unless there never was one before.
    const last = this.#past.length > 1 || this.#stored === null ? this.#past[0] : undefined
    // The clock may have been set back since, or the machine have slept: the earlier of both ways to reckon is right.
    if (last !== undefined) return Math.min(last.now, now - (monotonic - last.monotonic)) - SLACK
    if (this.#stored === null) return null
    return (this.#stored <= now + SLACK ? this.#stored : now - DAY) - SLACK
  }

  begin(): void {
    this.#isComplete = false
  }

  /** Every folder could be listed, and what was new in them is durable. */
  complete({ now, monotonic }: Look): void {
    this.#isComplete = true
    // What lay there at the very first start is to be left alone, however recently it was written: the first time that counts
    // is ahead of the clock, and the next ones are no earlier.
    const least = this.#past.at(-1)?.now ?? this.#stored ?? now + SLACK - TICK
    const ahead = least > now && least - now <= SLACK ? least - now : 0
    this.#past.push({ now: now + ahead, monotonic: monotonic + ahead })
    if (this.#past.length > 2) this.#past.shift()
    if (this.#past.length > 1 || this.#stored === null) this.#stored = this.#past[0]?.now ?? null
  }

  /** Nothing is left over from the last look. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Goes into the checkpoint whenever that is written; an older one makes no difference but to what lay there unseen. */
  get durable(): number | null {
    return this.#stored
  }
}
