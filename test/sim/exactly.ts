// An agent of the simulation that ships exactly once: its id is taken, and its state fetched, as `pannier run` does it.

import type { Config } from '../../src/config/config.ts'
import { beginExactly, type Exactly } from '../../src/exactly-once.ts'
import type { AgentEvent } from '../../src/observe/events.ts'
import type { StateFolder } from '../../src/state/folder.ts'
import type { Kernel, Life } from './kernel.ts'
import type { SimTransactions } from './transactions.ts'

interface Surroundings {
  readonly config: Config
  readonly broker: SimTransactions
  readonly folder: StateFolder
  readonly hear: (event: AgentEvent) => void
  readonly stop: AbortSignal
}

/** Null when it was told to stop first. */
export function openExactly(
  kernel: Kernel,
  life: Life,
  { config, broker, folder, hear, stop }: Surroundings,
): Promise<Exactly | null> {
  return beginExactly({
    config,
    port: broker.connect(life),
    clock: kernel.clock.connect(life),
    random: () => kernel.random.next(),
    folder,
    emit: hear,
    owner: `life-${life.number}`,
    pid: life.number,
    lost: () => kernel.fail('fencing', `life ${life.number} gave way, and there is no other`),
    stop,
  })
}
