// Stage 1 again and again: what no folder's change can have altered is not discovered anew.

import type { InputConfig } from '../config/config.ts'
import { type Discovery, discover } from './discover.ts'
import type { Disk } from './disk.ts'
import { TICK_MS } from './evidence.ts'

interface Last {
  readonly inputs: readonly InputConfig[]
  readonly days: string
  readonly discovery: Discovery
  /** Milliseconds by which the wall clock was ahead of the monotonic one. */
  readonly ahead: number
}

/** Milliseconds. */
interface Instant {
  readonly now: number
  readonly monotonic: number
}

export class Discoverer {
  readonly #disk: Disk
  #last: Last | null = null

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** See `discover`; what did not change is the very same object. @param at from before anything is asked */
  async look(inputs: readonly InputConfig[], days: readonly string[], at: Instant): Promise<Discovery> {
    const asked = { inputs, days: days.join(), ahead: at.now - at.monotonic }
    const last = this.#last
    if (last !== null && isAsked(last, asked) && last.discovery.traces.holds((path) => this.#disk.peek(path)))
      return last.discovery
    const discovery = await discover(inputs, this.#disk, days)
    this.#last = discovery.blind.size === 0 && discovery.traces.isReliable(at.now) ? { ...asked, discovery } : null
    return discovery
  }
}

function isAsked(last: Last, asked: Omit<Last, 'discovery'>): boolean {
  // A clock that was set back may give a change the very time that a folder had before.
  if (last.ahead - asked.ahead > TICK_MS) return false
  return last.inputs === asked.inputs && last.days === asked.days
}
