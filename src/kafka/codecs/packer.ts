// Compresses batches in other threads than the one that reads, wraps and sends: one batch at a time, in its own slab.

import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { gzip as gzipCallback, type InputType, type ZlibOptions } from 'node:zlib'
import type { Packer } from '../../deliver/packer.ts'
import { BATCH_HEAD, type Batch } from '../../message/batch.ts'
import { tightenCompiler } from '../../support/heap.ts'
import { CODES, type CodecName } from './codec.ts'
import { GZIP_LEVEL, moduleOf } from './modules.ts'
import type { Done, Job, Order } from './worker.ts'
import { WORKER } from './worker-text.ts'

/** Bytes that are left of `bytes[from, end)`, compressed in place; null where they would be no fewer, and all is as it was. */
type Press = (bytes: Buffer, from: number, end: number) => Promise<number | null>

/**
 * Null for `none`.
 * @param failed told once when nothing can be compressed any more
 */
export function createPacker(name: CodecName, failed: (reason: string) => void = () => {}): Packer | null {
  if (name === 'none') return null
  if (name === 'gzip') return new QueuedPacker(name, pressByZlib, false, async () => {})
  const press = new PressThread(name, failed)
  return new QueuedPacker(
    name,
    (...job) => press.press(...job),
    true,
    () => press.close(),
  )
}

class QueuedPacker implements Packer {
  readonly shares: boolean
  readonly close: () => Promise<void>
  readonly #code: number
  readonly #press: Press
  /** One after the other, since memory is set aside for one. */
  #last: Promise<void> = Promise.resolve()

  constructor(name: CodecName, press: Press, shares: boolean, close: () => Promise<void>) {
    this.#code = CODES[name]
    this.#press = press
    this.shares = shares
    this.close = close
  }

  pack(batch: Batch): Promise<void> {
    this.#last = this.#last.then(() => this.#pack(batch))
    return this.#last
  }

  async #pack(batch: Batch): Promise<void> {
    // Anything that goes wrong leaves the batch as it was, and so it is sent.
    const left = await this.#press(batch.slab.bytes, BATCH_HEAD, batch.end).catch(() => null)
    if (left === null) return
    batch.encoded = batch.end
    batch.end = BATCH_HEAD + left
    batch.codec = this.#code
  }
}

const gzip = promisify<InputType, ZlibOptions, Buffer>(gzipCallback)
/** Each piece of output is a way to zlib's thread and back. */
const PIECE = 128 * 1024

/** zlib has threads of its own. */
async function pressByZlib(bytes: Buffer, from: number, end: number): Promise<number | null> {
  const options = { level: GZIP_LEVEL, chunkSize: PIECE, maxOutputLength: Math.max(1, end - from - 1) }
  // Rejects where it would be longer.
  const packed = await gzip(bytes.subarray(from, end), options)
  return packed.copy(bytes, from)
}

/** V8's own heap in the thread, which holds nothing but its few lines: MB. */
const HEAP = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 }

class PressThread {
  readonly #name: Order['name']
  readonly #failed: (reason: string) => void
  #worker: Worker | null = null
  #answer: ((left: Done) => void) | null = null
  /** A thread that ended by itself would do so again. */
  #broken = false

  constructor(name: Order['name'], failed: (reason: string) => void) {
    this.#name = name
    this.#failed = failed
  }

  async press(bytes: Buffer, from: number, end: number): Promise<number | null> {
    if (this.#broken) return null
    try {
      this.#worker ??= this.#start()
    } catch (error) {
      this.#end(error)
      return null
    }
    const job: Job = {
      memory: bytes.buffer as unknown as SharedArrayBuffer,
      from: bytes.byteOffset + from,
      length: end - from,
    }
    const worker = this.#worker
    // Between two batches it keeps nobody from leaving.
    worker.ref()
    worker.postMessage(job)
    return new Promise((resolve) => {
      this.#answer = (left) => {
        worker.unref()
        resolve(left)
      }
    })
  }

  async close(): Promise<void> {
    this.#broken = true
    await this.#worker?.terminate()
  }

  /** Throws where there is no WebAssembly, or no thread. */
  #start(): Worker {
    if (this.#name === 'zstd') tightenCompiler()
    const workerData: Order = { name: this.#name, module: moduleOf(this.#name) }
    const worker = new Worker(WORKER, { eval: true, workerData, env: {}, execArgv: [], resourceLimits: HEAP })
    worker.on('message', (left: Done) => this.#answer?.(left))
    worker.on('error', (error) => this.#end(error))
    worker.on('exit', () => this.#end(new Error('its thread ended')))
    return worker
  }

  /** What waits for it goes as it is. */
  #end(error: unknown): void {
    if (!this.#broken) this.#failed(error instanceof Error ? error.message : String(error))
    this.#broken = true
    this.#answer?.(null)
  }
}
