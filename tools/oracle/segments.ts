/** Sizes of the record batches that a broker holds, from its own log files: no client shows them. */

import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import glob from 'fast-glob'

/** https://kafka.apache.org/documentation/#recordbatch: base offset of 8 bytes, then the length of all that follows. */
const lengthAt = 8
const beforeLength = 12

/** Bytes of every batch of the topic, in a broker whose `log.dirs` is `dataDir`. */
export function batchSizes(dataDir: string, topic: string): number[] {
  const segments = glob.sync(`${topic}-*/*.log`, { cwd: dataDir })
  return segments.flatMap((segment) => sizesIn(join(dataDir, segment)))
}

function sizesIn(segment: string): number[] {
  const sizes: number[] = []
  const head = Buffer.alloc(beforeLength)
  const fd = openSync(segment, 'r')
  try {
    for (let at = 0; readSync(fd, head, 0, beforeLength, at) === beforeLength; ) {
      const size = beforeLength + head.readInt32BE(lengthAt)
      // A segment may be preallocated with zeros.
      if (size === beforeLength) break
      sizes.push(size)
      at += size
    }
  } finally {
    closeSync(fd)
  }
  return sizes
}
