// The WebAssembly of the codecs, compiled once, when first asked for.

import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { codec } from '../../support/assembly-bytes.ts'
import { bindBlocks } from './blocks.ts'
import { type Codec, type CodecName } from './codec.ts'
import { bindZstd } from './zstd.ts'
import { BYTES } from './zstd-bytes.ts'

type Compiled = 'snappy' | 'lz4' | 'zstd'

const compiled = new Map<string, WebAssembly.Module>()

export function moduleOf(name: Compiled): WebAssembly.Module {
  const which = name === 'zstd' ? 'zstd' : 'blocks'
  let module = compiled.get(which)
  if (module === undefined) {
    const bytes = Buffer.from(name === 'zstd' ? BYTES : codec, 'base64')
    module = new WebAssembly.Module(name === 'zstd' ? brotliDecompressSync(bytes) : bytes)
    compiled.set(which, module)
  }
  return module
}

/** Of nine: three times as fast on logs as the usual 6, for a tenth more bytes (docs/decisions/0024-codecs.md). */
export const GZIP_LEVEL = 4

const bound = new Map<CodecName, Codec>()

/** In this thread. */
export function codecOf(name: Exclude<CodecName, 'none'>): Codec {
  let found = bound.get(name)
  if (found === undefined) {
    found = name === 'gzip' ? gzip : name === 'zstd' ? bindZstd(moduleOf(name)) : bindBlocks(moduleOf(name), name)
    bound.set(name, found)
  }
  return found
}

const gzip: Codec = {
  compress: (bytes) => gzipSync(bytes, { level: GZIP_LEVEL }),
  decompress: (bytes) => gunzipSync(bytes),
}
