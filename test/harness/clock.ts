// Time that a test walks through. It moves by itself only where a round has nothing to do but to wait.

import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import type { Clock, Interrupt } from '../../src/support/clock.ts'

interface Sleeper {
  readonly owner: object
  readonly at: number
  readonly wake: () => void
}

export class TestClock {
  /** Wall clock, milliseconds since the epoch; a test may let it jump. */
  wall: number
  #elapsed = 0
  readonly #sleepers = new Set<Sleeper>()

  constructor(wall: number) {
    this.wall = wall
  }

  /** The clock as one agent sees it. */
  connect(owner: object): Clock {
    return {
      now: () => this.wall,
      monotonic: () => this.#elapsed,
      wait: (ms, interrupt) => this.#wait(owner, ms, interrupt),
    }
  }

  /** The process is gone: nothing wakes in it any more. */
  disconnect(owner: object): void {
    for (const sleeper of this.#sleepers) if (sleeper.owner === owner) this.#sleepers.delete(sleeper)
  }

  advance(ms: number): void {
    this.#elapsed += ms
    this.wall += ms
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#elapsed) sleeper.wake()
  }

  #wait(owner: object, ms: number, interrupt?: Interrupt): Promise<void> {
    return new Promise((resolve) => {
      if (interrupt?.came === true) return resolve()
      const wake = (): void => {
        this.#sleepers.delete(sleeper)
        interrupt?.listen(null)
        resolve()
      }
      const sleeper: Sleeper = { owner, at: this.#elapsed + Math.max(0, ms), wake }
      this.#sleepers.add(sleeper)
      interrupt?.listen(wake)
      // Only the bell waits with an interrupt: the round itself is at rest, so time may pass.
      if (interrupt !== undefined) void this.#pass(sleeper)
    })
  }

  /** Lets everything happen that can happen now, then goes to the next moment at which somebody wakes. */
  async #pass(waiting: Sleeper): Promise<void> {
    for (;;) {
      await eventLoopTurn()
      await eventLoopTurn()
      if (!this.#sleepers.has(waiting)) return
      const next = Math.min(...[...this.#sleepers].map(({ at }) => at))
      this.advance(Math.max(0, next - this.#elapsed))
    }
  }
}
