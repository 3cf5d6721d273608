// The port to what makes batches smaller before they are sent.

import type { Batch } from '../message/batch.ts'

/** What a packer holds of a batch at most, beside its slab, in batches of the largest size: one that goes in, one that comes out. */
export const PACKING = 2

export interface Packer {
  /** Slabs must be in memory that threads share. */
  readonly shares: boolean
  /**
   * Compresses the records in place, and notes it in the batch; one that would not get smaller stays as it is. Never rejects, and
   * nobody else may touch the batch until it resolves.
   */
  pack(batch: Batch): Promise<void>
  close(): Promise<void>
}
