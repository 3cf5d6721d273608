// How long a round lasts: an interval, or longer where finding the files takes so long that it would cost too much.

import type { Emit } from './observe/events.ts'

/** Discovery may cost at most this share of the time. */
const SHARE = 0.1
/** A single slow look is no reason to look less often, nor a single fast one to call it over. */
const IN_A_ROW = 3

export interface Pace {
  /** The next round's length after a look of `looking` milliseconds. */
  after(looking: number): number
}

/** @param interval the configured one, milliseconds */
export function createPace(interval: number, emit: Emit): Pace {
  let slow = 0
  let fast = 0
  let named = false
  return {
    after(looking) {
      const isSlow = looking > interval * SHARE
      slow = isSlow ? slow + 1 : 0
      fast = isSlow ? 0 : fast + 1
      if (fast >= IN_A_ROW) named = false
      if (slow < IN_A_ROW) return interval
      const stretched = Math.ceil(looking / SHARE)
      if (!named && stretched >= 2 * interval) {
        named = true
        emit({ name: 'discovery_slow', took: Math.round(looking), interval: stretched })
      }
      return stretched
    },
  }
}
