// CRC-32C of record batches by assembly/checksum.ts: kafkajs' own in JavaScript took 46 % of the CPU at 900 kB a record.

import inJavaScript from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import { type Assembly, loadAssembly } from '../support/assembly.ts'
import { checksum } from '../support/assembly-bytes.ts'

export type Crc32c = (bytes: Buffer) => number

interface Checksum extends Assembly {
  /** The checksum of what `before` is that of and the input behind it. */
  crc32c(before: number, length: number): number
}

/** kafkajs' own where there is no WebAssembly. */
export function loadCrc32c(): Crc32c {
  const assembly = loadAssembly(checksum) as Checksum | null
  if (assembly === null) return inJavaScript
  const memory = Buffer.from(assembly.memory.buffer)
  const input = assembly.INPUT.value
  const most = assembly.INPUT_MAX.value
  return (bytes) => {
    let crc = 0
    for (let at = 0; at < bytes.length; at += most)
      crc = assembly.crc32c(crc, bytes.copy(memory, input, at, Math.min(at + most, bytes.length)))
    return crc >>> 0
  }
}
