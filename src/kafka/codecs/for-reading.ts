// Teaches kafkajs to read what any producer compressed: by itself it knows gzip alone.

import kafkajs from 'kafkajs'
import { codecOf } from './modules.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** Idempotent. */
export function readAllCodecs(): void {
  const known = {
    [CompressionTypes.Snappy]: 'snappy',
    [CompressionTypes.LZ4]: 'lz4',
    [CompressionTypes.ZSTD]: 'zstd',
  } as const
  for (const [type, name] of Object.entries(known))
    Object.assign(CompressionCodecs, {
      [type]: () => ({
        compress: () => Promise.reject(new Error('batches are compressed before kafkajs sees them')),
        // Copied: the codec's own memory is the next batch's.
        decompress: async (bytes: Buffer) => Buffer.from(codecOf(name).decompress(bytes)),
      }),
    })
}
