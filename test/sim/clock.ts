// Virtual time: it jumps to the next timer when nothing else can run, and creeps with every call of the agent.

import type { Clock } from '../../src/support/clock.ts'
import type { Life } from './kernel.ts'

export interface Timer {
  readonly at: number
  readonly fire: () => void
  cancelled: boolean
}

export class SimClock {
  /** Milliseconds since the run began. */
  elapsed = 0
  /** Wall clock minus elapsed time. */
  offset: number
  /** In order of time, then of making. */
  readonly #timers: Timer[] = []

  constructor(wall: number) {
    this.offset = wall
  }

  get wall(): number {
    return Math.floor(this.offset + this.elapsed)
  }

  after(ms: number, fire: () => void): Timer {
    const timer = { at: this.elapsed + Math.max(0, ms), fire, cancelled: false }
    let index = this.#timers.length
    while (index > 0 && (this.#timers[index - 1] as Timer).at > timer.at) index--
    this.#timers.splice(index, 0, timer)
    return timer
  }

  /** Jumps to the next timer. False when there is none. */
  jump(): boolean {
    for (let timer = this.#timers.shift(); timer !== undefined; timer = this.#timers.shift()) {
      if (timer.cancelled) continue
      this.elapsed = Math.max(this.elapsed, timer.at)
      timer.fire()
      return true
    }
    return false
  }

  creep(ms: number): void {
    this.elapsed += ms
    for (let next = this.#timers[0]; next !== undefined && next.at <= this.elapsed; next = this.#timers[0]) {
      this.#timers.shift()
      if (!next.cancelled) next.fire()
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve))
  }

  /** The clock as one life of the agent sees it. */
  connect(life: Life): Clock {
    return {
      now: () => this.wall,
      monotonic: () => this.elapsed,
      wait: (ms, interrupt) =>
        new Promise((resolve) => {
          if (interrupt?.came === true) return resolve()
          const done = (): void => {
            timer.cancelled = true
            interrupt?.listen(null)
            if (life.alive) resolve()
          }
          const timer = this.after(ms, done)
          interrupt?.listen(done)
        }),
    }
  }
}
