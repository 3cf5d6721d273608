// What will never be a message, on its way to the dead letters: few bytes at a time, and files that must wait since they are full.

import type { TrackedFile } from '../files/tracked-file.ts'
import type { Chunk } from '../lines/chunk.ts'
import type { DeadLetter } from '../state/dead-letter.ts'

export interface Burial {
  readonly chunk: Chunk
  readonly letter: DeadLetter
}

/** Bytes of letters that wait in memory before no more are taken; in JSON they are there a second time (law 5). */
const ROOM = 512 * 1024
/** Milliseconds after which a file that could not be buried from is tried again. */
const TRY_AGAIN_MS = 5_000

export class Burials {
  /** Settled once they are durable. */
  #waiting: Burial[] = []
  #bytes = 0
  /** Files that wait for room, and monotonic milliseconds until which. */
  readonly #held = new Map<TrackedFile, number>()

  get waiting(): readonly Burial[] {
    return this.#waiting
  }

  get hasRoom(): boolean {
    return this.#bytes < ROOM
  }

  /** Where it cannot be buried its bytes are sent again, and nothing behind them must have been before. */
  isAwaited(file: TrackedFile): boolean {
    return this.#waiting.some(({ chunk }) => chunk.file === file)
  }

  add(chunk: Chunk, letter: DeadLetter): void {
    this.#waiting.push({ chunk, letter })
    this.#bytes += sizeOf(letter)
  }

  /** They are durable, or are read again. */
  done(burials: readonly Burial[]): void {
    const over = new Set(burials)
    this.#waiting = this.#waiting.filter((burial) => !over.has(burial))
    this.#bytes = this.#waiting.reduce((sum, { letter }) => sum + sizeOf(letter), 0)
  }

  /** @param monotonic milliseconds now */
  hold(file: TrackedFile, monotonic: number): void {
    this.#held.set(file, monotonic + TRY_AGAIN_MS)
  }

  isHeld(file: TrackedFile, monotonic: number): boolean {
    if (this.#held.size === 0) return false
    const until = this.#held.get(file)
    if (until === undefined || monotonic >= until) this.#held.delete(file)
    return until !== undefined && monotonic < until
  }
}

/** Nothing may hold its bytes any more; what has no inode for now may be found again. */
export const isLost = ({ file }: Chunk): boolean =>
  !file.rereadable && file.life !== 'displaced' && file.life !== 'missing'

const sizeOf = (letter: DeadLetter): number =>
  'bytes' in letter ? letter.bytes.length : letter.messages.reduce((sum, message) => sum + message.length, 0)
