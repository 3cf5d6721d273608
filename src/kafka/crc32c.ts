// CRC-32C of record batches by WebAssembly: kafkajs' own in JavaScript took 46 % of the CPU at 900 kB a record.

// The one hash of the package: all of them together, as text of WebAssembly, cost 8 MB of memory.
import hashes from 'hash-wasm/dist/crc32.umd.min.js'

/** Castagnoli's polynomial, reversed: RFC 3720, appendix B.4. */
const CASTAGNOLI = 0x82f63b78

/** Compiles the hash once; what it returns is synchronous. */
export async function loadCrc32c(): Promise<(bytes: Uint8Array) => number> {
  const hash = await hashes.createCRC32(CASTAGNOLI)
  return (bytes) => {
    const digest = hash.init().update(bytes).digest('binary')
    return new DataView(digest.buffer, digest.byteOffset, 4).getUint32(0)
  }
}
