// Law 5, watched where slabs are lent: never more than `memory_limit`, none given back twice, none written to afterwards.

import { type Slab, SlabPool } from '../../../src/support/slabs.ts'
import type { Kernel } from '../kernel.ts'

const AFTERWARDS = 0xee

/** Watches all pools of one run. Returns the number of slabs that the newest pool has lent out. */
export function watchSlabs(kernel: Kernel): { readonly lent: () => number; readonly stop: () => void } {
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
  return { lent: () => newest.size, stop }
}
