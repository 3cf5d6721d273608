// All that the actions of the world work on.

import type { SimBroker } from './broker.ts'
import type { SimFiles } from './files.ts'
import type { Kernel } from './kernel.ts'
import type { Settings } from './settings.ts'
import type { SimState } from './state-folder.ts'
import type { Writers } from './text.ts'

/** What happens to the agent's process. */
export interface Process {
  /** The machine loses its power. */
  crash(): void
  /** `kill -9`: the machine goes on. */
  kill(): void
  leave(reload: boolean): void
  nudge(): void
}

export interface Scene {
  readonly kernel: Kernel
  readonly files: SimFiles
  readonly writers: Writers
  readonly broker: SimBroker
  readonly state: SimState
  readonly settings: Settings
  readonly process: Process
  /** What the world has begun and does bit by bit; each does all the rest. */
  readonly jobs: Set<() => void>
}
