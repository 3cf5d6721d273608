// Time as a port: the agent never asks the system for the time itself, so that a test can walk through a year.

export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump. */
  now(): number
  /** Milliseconds that only ever grow; for durations and deadlines. */
  monotonic(): number
  /** Resolves after `ms` milliseconds, or at once when `interrupt` comes. Never rejects. */
  wait(ms: number, interrupt?: Interrupt): Promise<void>
}

/** Ends one wait early. An AbortSignal could, and costs more than all else that a round does for an ack. */
export class Interrupt {
  #came = false
  #heard: (() => void) | null = null

  get came(): boolean {
    return this.#came
  }

  /** Calls `heard` when it comes; null: nobody listens any more. */
  listen(heard: (() => void) | null): void {
    this.#heard = heard
  }

  come(): void {
    this.#came = true
    this.#heard?.()
  }
}

/** setTimeout takes 31 bits; whoever waits longer looks at the time again anyway. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (ms, interrupt) =>
    new Promise((resolve) => {
      if (interrupt?.came === true) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        interrupt?.listen(null)
        resolve()
      }
      const timer = setTimeout(done, Math.min(Math.max(0, ms), LONGEST_TIMER_MS))
      interrupt?.listen(done)
    }),
}
