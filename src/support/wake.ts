// A bell between the stages: whoever waits for "something changed" hears the next ring, also one that came just before.

import type { Clock } from './clock.ts'

export interface Bell {
  ring(): void
  /** Resolves at the next ring, at once if it rang since the last wait, or after `ms` milliseconds. */
  wait(ms: number): Promise<void>
}

export function createBell(clock: Clock): Bell {
  let rung = false
  let hang = new AbortController()
  return {
    ring() {
      if (rung) return
      rung = true
      // With a reason of its own, since the default one is an error with a stack.
      hang.abort('rung')
    },
    async wait(ms) {
      if (!rung) await clock.wait(ms, hang.signal)
      if (!rung) return
      rung = false
      hang = new AbortController()
    },
  }
}
