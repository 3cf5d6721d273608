// A bell between the stages: whoever waits for "something changed" hears the next ring, also one that came just before.

import { type Clock, Interrupt } from './clock.ts'

export interface Bell {
  ring(): void
  /** Resolves at the next ring, at once if it rang since the last wait, or after `ms` milliseconds. */
  wait(ms: number): Promise<void>
}

export function createBell(clock: Clock): Bell {
  let rung = false
  let interrupt = new Interrupt()
  return {
    ring() {
      if (rung) return
      rung = true
      interrupt.come()
    },
    async wait(ms) {
      if (!rung) await clock.wait(ms, interrupt)
      if (!rung) return
      rung = false
      interrupt = new Interrupt()
    },
  }
}
