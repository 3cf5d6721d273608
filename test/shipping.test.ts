import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Parts } from '../src/agent.ts'
import { STATE_TAKEN, ship } from '../src/shipping.ts'
import { createBell } from '../src/support/wake.ts'

const hour = 3_600_000

test('a round that is asked for while one is under way follows it at once', async () => {
  let now = 0
  const stop = new AbortController()
  const clock = {
    now: () => now,
    monotonic: () => now,
    wait: async (ms: number) => {
      now += ms
    },
  }
  const bell = createBell(clock)
  const nudge = { asked: false }
  const began: number[] = []
  const run = async (): Promise<{ done: boolean; looking: number }> => {
    began.push(now)
    if (began.length === 1) {
      nudge.asked = true
      bell.ring()
    }
    if (began.length === 3) stop.abort(STATE_TAKEN)
    return { done: true, looking: 0 }
  }
  const config = { interval: hour, shutdown: { timeout: 0, quiet: 0, flushPartialOnShutdown: false } }
  // Only what the timer touches; the rest of the agent has no part in this.
  const parts = { world: { config, clock, emit: () => {} }, bell, nudge, round: { run } } as unknown as Parts
  await ship(parts, { stop: stop.signal, once: false })
  assert.deepEqual(began, [0, 0, hour])
})
