// Before a look: deleted files whose handles keep the application's disk from being free are let go in time. The look then finds
// nothing that leads to them, and what was not read is given up with a record.

import type { FileEvent } from './file-events.ts'
import type { Handles } from './handles.ts'
import type { TrackedFile } from './tracked-file.ts'

export class Release {
  readonly #handles: Handles
  readonly #emit: (event: FileEvent) => void
  /** Monotonic milliseconds of the look that found a file deleted. A restart needs none of it: it has no handles. */
  readonly #deletedAt = new WeakMap<TrackedFile, number>()
  #lookedAt = 0

  constructor(handles: Handles, emit: (event: FileEvent) => void) {
    this.#handles = handles
    this.#emit = emit
  }

  /** @param after milliseconds that the file may be held; 0: as long as it takes */
  async overdue(monotonic: number, after: (file: TrackedFile) => number): Promise<void> {
    for (const file of this.#handles.open) {
      if (file.life !== 'deleted') {
        this.#deletedAt.delete(file)
        continue
      }
      const since = this.#deletedAt.get(file) ?? this.#lookedAt
      this.#deletedAt.set(file, since)
      const limit = after(file)
      if (limit === 0 || monotonic - since < limit) continue
      this.#emit({ name: 'file_released', file, held: monotonic - since })
      await this.#handles.close(file)
    }
    this.#lookedAt = monotonic
  }
}
