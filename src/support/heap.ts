// Called before all else is loaded: V8 is told that memory weighs more than speed. Bytes of files never lie in its heap (slabs.ts),
// and what is hot is a few loops over them, so that it costs no throughput: docs/memory.md has the figures.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// The nursery, whose size is fixed by now, must not grow: it would only hold garbage for longer.
const FLAGS = ['--semi-space-growth-factor=1']
// Functions are compiled when they are really hot: each compilation leaves megabytes behind in the threads that do it. V8 after 12 has no
// such flag any more, and says so on stderr when it is given one that it does not know.
const LAST_WITH_BUDGET = 12
if (Number.parseInt(process.versions.v8, 10) <= LAST_WITH_BUDGET) FLAGS.push('--interrupt-budget=1000000')

/** Once the state is loaded: what is made of a large one only grows, and to seek garbage in it again and again doubles the CPU of a start. */
const TIGHT = '--optimize-for-size'

let isSmall = false
let collect: (() => void) | null = null

export function keepHeapSmall(): void {
  for (const flag of FLAGS) setFlagsFromString(flag)
  isSmall = true
}

/**
 * For when much was let go that lies outside V8's heap: an idle V8 sees no reason to look, and would keep it for ever. Takes some
 * milliseconds; does nothing where the heap need not be small.
 */
export function collectGarbage(): void {
  if (!isSmall) return
  if (collect === null) {
    setFlagsFromString('--expose-gc')
    // Only a context that is made after the flag has it: https://nodejs.org/api/v8.html#v8setflagsfromstringflags
    collect = runInNewContext('gc') as () => void
  }
  collect()
}

export function tightenHeap(): void {
  if (isSmall) setFlagsFromString(TIGHT)
}

/** Before much WebAssembly is loaded: compiled once, well and in one thread, not twice and in four, the 250 kB of zstd leave 7 MB less behind. */
export function tightenCompiler(): void {
  if (!isSmall) return
  setFlagsFromString('--wasm-num-compilation-tasks=1')
  setFlagsFromString('--no-liftoff')
}
