// Counts what is abandoned as the events tell of it, for the last line when the agent leaves.

import type { Emit } from './events.ts'

/** Of one process: a new configuration goes on with it. */
export interface Losses {
  bytes: number
}

export const countLosses =
  (losses: Losses, emit: Emit): Emit =>
  (event) => {
    if (event.name !== 'stopped' && 'abandoned' in event) losses.bytes += event.abandoned
    emit(event)
  }
