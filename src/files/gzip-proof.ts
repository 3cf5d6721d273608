// The proof that a `.gz` is complete: all of it is decompressed once, a step at a time, and compared with known files' marks on
// the way.

import type { OpenFile } from './disk.ts'
import { beginsWith, type Digest, digestOf, MARK_MAX } from './fingerprint.ts'
import { Inflation } from './inflation.ts'
import type { Position } from './position.ts'

/** Decompressed bytes of a step: some 50 ms. */
const STEP = 16 * 1024 * 1024

/** A `.gz` whose members are all complete and right. */
export interface Whole {
  /** Of the decompressed stream. */
  readonly size: number
  /** Of its last bytes. */
  readonly mark: Digest
  /** Of the positions that were asked about, those that lie in this stream too. */
  readonly agrees: ReadonlySet<Position>
}

export class GzipProof {
  readonly #inflation: Inflation
  readonly #open: Position[]
  readonly #agrees = new Set<Position>()
  /** The last bytes before the inflation's end. */
  #tail: Buffer = Buffer.alloc(0)

  constructor(compressed: OpenFile, positions: Iterable<Position>) {
    this.#inflation = new Inflation(compressed)
    this.#open = [...positions].toSorted((a, b) => a.offset - b.offset)
    this.#compare(Buffer.alloc(0))
  }

  /** Null while it is not done. Rejects with zlib's error or the system's. */
  async step(): Promise<Whole | null> {
    const until = this.#inflation.end + STEP
    while (this.#inflation.end < until) {
      const block = await this.#inflation.next()
      if (block === null) return { size: this.#inflation.end, mark: digestOf(this.#tail), agrees: this.#agrees }
      this.#compare(block)
      const tail = block.length >= MARK_MAX ? block : Buffer.concat([this.#tail, block])
      this.#tail = Buffer.from(tail.subarray(-MARK_MAX))
    }
    return null
  }

  stop(): void {
    this.#inflation.stop()
  }

  /** The marks that end in `block`. */
  #compare(block: Buffer): void {
    const { end } = this.#inflation
    for (let position = this.#open[0]; position !== undefined && position.offset <= end; position = this.#open[0]) {
      this.#open.shift()
      const { mark, offset } = position
      const bytes = Buffer.concat([this.#tail, block])
      const before = bytes.length - (end - offset)
      if (beginsWith(bytes.subarray(before - mark.length, before), mark)) this.#agrees.add(position)
    }
  }
}
