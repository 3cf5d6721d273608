// What a file is, whatever its path is called today.

import type { Digest } from './fingerprint.ts'
import type { Packed } from './gzips.ts'

export interface Identity {
  readonly dev: bigint
  readonly ino: bigint
  /** Birth time in nanoseconds; 0 where the file system has none. */
  readonly birth: bigint
  readonly head: Digest
  /** It is a `.gz`, proven when it was like this; its head and offsets are those of the decompressed stream. */
  readonly packed?: Packed
}
