// The timer around the round: one round after the other, an interval each, until told to leave.

import type { Parts } from './agent.ts'
import { leave, ONCE, type Remainder } from './leave.ts'
import { createPace } from './pace.ts'

export interface Orders {
  /** Aborted by the first signal, with its name as the reason. */
  readonly stop: AbortSignal
  /** Leave once what is there now is shipped. */
  readonly once: boolean
}

/** The reason with which `stop` is aborted when another agent took the state directory. */
export const STATE_TAKEN = 'state_taken'
/** The same when another agent took the transactional id. */
export const ID_TAKEN = 'id_taken'
/** The same when nobody reads what `--stdout` writes. */
export const OUTPUT_CLOSED = 'output_closed'

export async function ship(parts: Parts, { stop, once }: Orders): Promise<Remainder> {
  const { config, clock } = parts.world
  const { timeout, quiet, flushPartialOnShutdown: flushPartial } = config.shutdown
  let stoppedAt = Number.POSITIVE_INFINITY
  const note = (): void => {
    stoppedAt = clock.monotonic()
    parts.bell.ring()
  }
  if (stop.aborted) note()
  stop.addEventListener('abort', note, { once: true })
  const isCutOff = (): boolean => stop.reason === OUTPUT_CLOSED || stop.reason === ID_TAKEN
  const deadline = (): number => stoppedAt + (isCutOff() ? 0 : timeout)
  if (once) return leave(parts, { why: ONCE, deadline, quiet: 0, flushPartial })
  await rounds(parts, stop)
  // The state is another agent's now: not one more byte is written to it.
  if (stop.reason === STATE_TAKEN || stop.reason === ID_TAKEN) return { bytes: 0, files: 0 }
  return leave(parts, { why: String(stop.reason), deadline, quiet, flushPartial })
}

async function rounds(parts: Parts, stop: AbortSignal): Promise<void> {
  const { clock, config, emit } = parts.world
  const pace = createPace(config.interval, emit)
  let { interval } = config
  while (!stop.aborted) {
    const began = clock.monotonic()
    // What is asked for while a round is under way may have come too late for it.
    parts.nudge.asked = false
    try {
      const { done, looking } = await parts.round.run({
        lasts: interval,
        cutShort: () => parts.nudge.asked,
        signal: stop,
      })
      interval = pace.after(looking)
      if (!done) continue
    } catch (error) {
      emit({ name: 'round_failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
    await rest(parts, began + interval, stop)
  }
}

/** Until the next round is due, or somebody asks for one. Acks ring the same bell and do not count. */
async function rest(parts: Parts, until: number, stop: AbortSignal): Promise<void> {
  const { clock } = parts.world
  while (!stop.aborted && !parts.nudge.asked && clock.monotonic() < until)
    await parts.bell.wait(until - clock.monotonic())
}
