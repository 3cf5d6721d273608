// The part of hash-wasm 4 that makes record batches' checksums; only the whole package brings types.

declare module 'hash-wasm/dist/crc32.umd.min.js' {
  import type { createCRC32 } from 'hash-wasm'

  const hashes: { readonly createCRC32: typeof createCRC32 }
  export default hashes
}
