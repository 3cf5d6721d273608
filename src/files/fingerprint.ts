// What a file is, told from its bytes: the head (its first bytes) and the mark (the last bytes before an offset).

import { hash } from 'node:crypto'

export interface Digest {
  /** Bytes that were hashed. */
  readonly length: number
  /** First 128 bits of their SHA-256, lower-case hex. */
  readonly hash: string
}

/** The head grows with a short file up to this many bytes. */
export const HEAD_MAX = 1024
/** A mark covers at most this many bytes before its offset. */
export const MARK_MAX = 256

const HASH_BYTES = 16

export const EMPTY: Digest = { length: 0, hash: '' }

export function digestOf(bytes: Uint8Array): Digest {
  if (bytes.length === 0) return EMPTY
  // Not cut out of the whole text, which would stay in memory behind it.
  return { length: bytes.length, hash: hash('sha256', bytes, 'buffer').toString('hex', 0, HASH_BYTES) }
}

/** True when `bytes` begins with what `digest` was made from. Fewer bytes than that never match. */
export function beginsWith(bytes: Uint8Array, digest: Digest): boolean {
  if (bytes.length < digest.length) return false
  return digest.length === 0 || digestOf(bytes.subarray(0, digest.length)).hash === digest.hash
}
