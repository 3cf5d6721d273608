// zlib's own stream works in other threads, in real time: this one does all of its work when the compressed bytes have ended.

import { syncBuiltinESMExports } from 'node:module'
import { Transform, type TransformCallback } from 'node:stream'
import zlib from 'node:zlib'

class Gunzip extends Transform {
  readonly #packed: Buffer[] = []

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#packed.push(chunk)
    done()
  }

  override _flush(done: TransformCallback): void {
    try {
      const packed = Buffer.concat(this.#packed)
      done(null, packed.length === 0 ? Buffer.alloc(0) : zlib.gunzipSync(packed))
    } catch (error) {
      done(error as Error)
    }
  }
}

/** From now on, for the whole process. */
export function decompressAtOnce(): void {
  Object.defineProperty(zlib, 'createGunzip', { configurable: true, value: () => new Gunzip() })
  syncBuiltinESMExports()
}
