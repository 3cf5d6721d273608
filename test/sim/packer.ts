// A simulated codec: it takes its time, works in the batch's own slab as the real ones do, and leaves alone what it cannot make smaller.

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Packer } from '../../src/deliver/packer.ts'
import { BATCH_HEAD, type Batch } from '../../src/message/batch.ts'
import { type Kernel, type Life, never } from './kernel.ts'

/** No real codec's number. */
const CODE = 7

export function simPacker(kernel: Kernel, life: Life): Packer {
  return {
    shares: false,
    async pack(batch) {
      const records = Buffer.from(batch.slab.bytes.subarray(BATCH_HEAD, batch.end))
      await kernel.clock.sleep(kernel.random.between(0, 30) * kernel.random.next())
      if (!life.alive) await never()
      if (batch.codec !== 0) kernel.fail('law 4', 'a batch was compressed a second time')
      if (!records.equals(batch.slab.bytes.subarray(BATCH_HEAD, batch.end)))
        kernel.fail('law 5', 'the bytes of a batch changed while it was compressed')
      const packed = deflateRawSync(records, { level: 1 })
      if (packed.length >= records.length) return
      batch.encoded = batch.end
      batch.end = BATCH_HEAD + packed.copy(batch.slab.bytes, BATCH_HEAD)
      batch.codec = CODE
    },
    close: async () => {},
  }
}

/** The batch as it was laid out. */
export function unpacked(batch: Batch): Batch {
  if (batch.codec === 0) return batch
  const records = inflateRawSync(batch.slab.bytes.subarray(BATCH_HEAD, batch.end))
  return {
    ...batch,
    slab: { bytes: Buffer.concat([Buffer.alloc(BATCH_HEAD), records]) },
    end: BATCH_HEAD + records.length,
  }
}
