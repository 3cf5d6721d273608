// All lanes, made as files need them, and the way back from a lane to the files its messages were made from.

import { Lane, type LaneParts, type LaneWatcher } from './lane.ts'

export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #parts: Omit<LaneParts, 'watcher'>
  readonly #watcher: LaneWatcher

  constructor(parts: Omit<LaneParts, 'watcher'>, watcher: LaneWatcher) {
    this.#parts = parts
    this.#watcher = watcher
  }

  lane(topic: string, partition: number): Lane {
    const key = `${topic}/${partition}`
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = new Lane(topic, partition, { ...this.#parts, watcher: this.#watcher })
      this.#lanes.set(key, lane)
    }
    return lane
  }

  flush(): void {
    for (const lane of this.#lanes.values()) lane.flush()
  }

  /** Lanes that hold memory now. */
  get held(): number {
    let held = 0
    for (const lane of this.#lanes.values()) if (!lane.idle) held++
    return held
  }

  /** Nothing is sent any more: what has no answer yet is the next start's. */
  close(): void {
    for (const lane of this.#lanes.values()) lane.close()
  }

  get idle(): boolean {
    for (const lane of this.#lanes.values()) if (!lane.idle) return false
    return true
  }
}
