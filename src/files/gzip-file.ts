// A `.gz` as the stages that read see it: an open file whose bytes are those of the decompressed stream.

import type { FileStat, OpenFile } from './disk.ts'
import { HEAD_MAX } from './fingerprint.ts'
import { Inflation } from './inflation.ts'

/** Decompressed bytes that one call of `seek` passes at most, so that no round hangs on the way to an offset. */
const STEP = 16 * 1024 * 1024

/**
 * Read forwards. Going back is free to the start of the last read, and to the head; farther back it starts over. Memory: the
 * last read's length and two blocks, until `rest` or `close`.
 */
export class GzipFile implements OpenFile {
  readonly #compressed: OpenFile
  readonly #size: number
  #inflation: Inflation | null = null
  #isOver = false
  /** Of the compressed file when the inflation began: another content has another. */
  #stamp = ''
  #front: Buffer = Buffer.alloc(0)
  /** The stream from `#from` to the inflation's end. */
  #kept: Buffer[] = []
  #from = 0

  /** @param size of the decompressed stream, as it was proven */
  constructor(compressed: OpenFile, size: number) {
    this.#compressed = compressed
    this.#size = size
  }

  /** The compressed file's, with the decompressed size. */
  async stat(): Promise<FileStat> {
    return { ...(await this.#compressed.stat()), size: this.#size }
  }

  async read(into: Buffer, at: number, length: number, position: number): Promise<number> {
    return this.#orRest(async () => {
      await this.#begin(position + length <= HEAD_MAX ? this.#from : position)
      if (position + length <= HEAD_MAX) return copy([this.#front], 0, into, at, length, position)
      this.#drop(position)
      while (this.#end < position + length && (await this.#pull())) this.#drop(position)
      return copy(this.#kept, this.#from, into, at, length, position)
    })
  }

  /** Goes towards `position`; false while it is not reached, and has to be called again. */
  async seek(position: number): Promise<boolean> {
    return this.#orRest(async () => {
      await this.#begin(position)
      const until = Math.min(position, this.#end + STEP)
      while (this.#end < until && (await this.#pull())) this.#drop(position)
      return this.#end >= position || this.#isOver
    })
  }

  /** Gives its memory back; the next read starts over. */
  rest(): void {
    this.#inflation?.stop()
    this.#inflation = null
    this.#kept = []
    this.#from = 0
  }

  async close(): Promise<void> {
    this.rest()
    await this.#compressed.close()
  }

  get #end(): number {
    return this.#inflation?.end ?? 0
  }

  /** Makes sure that the stream from `position` on is still to come, or kept. */
  async #begin(position: number): Promise<void> {
    const { size, mtime } = await this.#compressed.stat()
    const stamp = `${size} ${mtime}`
    const isBehind = position < this.#from
    if (this.#inflation !== null && stamp === this.#stamp && !isBehind) return
    this.rest()
    this.#stamp = stamp
    this.#isOver = false
    this.#inflation = new Inflation(this.#compressed)
    while (this.#end < HEAD_MAX && (await this.#pull()));
    this.#front = Buffer.concat(this.#kept).subarray(0, HEAD_MAX)
  }

  async #pull(): Promise<boolean> {
    const block = (await this.#inflation?.next()) ?? null
    if (block === null) this.#isOver = true
    else this.#kept.push(block)
    return block !== null
  }

  /** Forgets the blocks that end before `position`. */
  #drop(position: number): void {
    for (
      let block = this.#kept[0];
      block !== undefined && this.#from + block.length <= position;
      block = this.#kept[0]
    ) {
      this.#from += block.length
      this.#kept.shift()
    }
  }

  /** After a failure nothing that was kept is to be relied on. */
  async #orRest<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.rest()
      throw error
    }
  }
}

/** Copies what `blocks`, of which the first begins at `from`, hold of `[position, position + length)`. Returns the bytes copied. */
function copy(
  blocks: readonly Buffer[],
  from: number,
  into: Buffer,
  at: number,
  length: number,
  position: number,
): number {
  let done = 0
  let start = from
  for (const block of blocks) {
    const skip = Math.max(0, position - start)
    if (skip < block.length && done < length) done += block.copy(into, at + done, skip, skip + length - done)
    start += block.length
  }
  return done
}
