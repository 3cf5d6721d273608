// One pass over what a `.gz` holds, from its first byte on: pulled, so that no more than a block is held.

import { pipeline, Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import type { OpenFile } from './disk.ts'

/** Bytes of a read, and of a piece of the decompressed stream. */
const BLOCK = 64 * 1024
/** Compressed bytes that may go by without a single byte coming out, as of members that hold nothing. */
const BARREN = 64 * 1024 * 1024

export class Inflation {
  /** Bytes of the decompressed stream that were given out. */
  end = 0
  readonly #gunzip: Gunzip
  readonly #blocks: AsyncIterator<Buffer>
  #barren = 0
  #stopped = false

  constructor(compressed: OpenFile) {
    this.#gunzip = createGunzip({ chunkSize: BLOCK })
    const source = Readable.from(this.#read(compressed), { highWaterMark: 1 })
    // Whoever pulls is told of the failure; without a callback the process would be, too.
    pipeline(source, this.#gunzip, () => {})
    this.#blocks = this.#gunzip[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /**
   * The next bytes; null behind the last, once the check sums and lengths of all members were found right. Rejects with zlib's
   * error, `Z_BUF_ERROR` where the file ends too early, or the system's.
   */
  async next(): Promise<Buffer | null> {
    const block = await this.#blocks.next()
    if (block.done === true) return null
    this.#barren = 0
    this.end += block.value.length
    return block.value
  }

  stop(): void {
    this.#stopped = true
    this.#gunzip.destroy()
  }

  async *#read(compressed: OpenFile): AsyncGenerator<Buffer> {
    // The file may be closed by the time that the stream asks for more.
    for (let position = 0; !this.#stopped; ) {
      const bytes = Buffer.allocUnsafeSlow(BLOCK)
      const came = await compressed.read(bytes, 0, BLOCK, position)
      if (came === 0) return
      position += came
      this.#barren += came
      if (this.#barren > BARREN) throw new Error(`nothing comes out of ${BARREN} bytes of it`)
      yield bytes.subarray(0, came)
    }
  }
}
