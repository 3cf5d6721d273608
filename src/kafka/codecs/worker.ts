// The thread that compresses: batch after batch, in place, in memory that it shares with the agent. It travels as worker-text.ts.

import { parentPort, workerData } from 'node:worker_threads'
import { bindBlocks } from './blocks.ts'
import type { Codec } from './codec.ts'
import { bindZstd } from './zstd.ts'

export interface Order {
  readonly name: 'snappy' | 'lz4' | 'zstd'
  readonly module: WebAssembly.Module
}

export interface Job {
  readonly memory: SharedArrayBuffer
  readonly from: number
  readonly length: number
}

/** Bytes that are left; null where they would be more, or as many, and all is as it was. */
export type Done = number | null

const { name, module } = workerData as Order
const codec: Codec = name === 'zstd' ? bindZstd(module) : bindBlocks(module, name)

parentPort?.on('message', ({ memory, from, length }: Job) => {
  const bytes = new Uint8Array(memory, from, length)
  const packed = codec.compress(bytes)
  const isSmaller = packed.length < length
  if (isSmaller) bytes.set(packed)
  parentPort?.postMessage((isSmaller ? packed.length : null) satisfies Done)
})
