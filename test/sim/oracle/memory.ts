// Law 5, watched where slabs are lent: never more than `memory_limit`, none given back twice, none written to afterwards.

import { type Slab, SlabPool } from '../../../src/support/slabs.ts'
import type { Kernel } from '../kernel.ts'

const AFTERWARDS = 0xee

export interface SlabWatch {
  /** Slabs that were lent out since the last `forget` and did not come back. */
  readonly lent: () => number
  /** A new life: what the last one had lent is the system's again. */
  readonly forget: () => void
  readonly stop: () => void
}

/** Watches all pools of one run. */
export function watchSlabs(kernel: Kernel): SlabWatch {
  const { acquire, release } = SlabPool.prototype
  const pools = new Map<SlabPool, Set<Slab>>()
  let newest = new Set<Slab>()
  SlabPool.prototype.acquire = function (this: SlabPool, size) {
    const slab = acquire.call(this, size)
    let lent = pools.get(this)
    if (lent === undefined) pools.set(this, (lent = newest = new Set()))
    if (slab !== null) lent.add(slab)
    if (this.used > this.limit) kernel.fail('law 5', `${this.used} bytes are lent, memory_limit is ${this.limit}`)
    return slab
  }
  SlabPool.prototype.release = function (this: SlabPool, slab) {
    if (pools.get(this)?.delete(slab) !== true) kernel.fail('law 5', 'a slab was given back twice')
    slab.bytes.fill(AFTERWARDS)
    release.call(this, slab)
  }
  const stop = (): void => {
    Object.assign(SlabPool.prototype, { acquire, release })
  }
  const forget = (): void => {
    newest = new Set()
  }
  return { lent: () => newest.size, forget, stop }
}
