/** CRC-32C of a 900 kB record batch: ours beside kafkajs' own. `npx tsx bench/crc32c.ts`; docs/decisions/0006. */

import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { loadCrc32c } from '../src/kafka/crc32c.ts'

const theirs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (
  bytes: Buffer,
) => number
const ours = loadCrc32c()
const bytes = randomBytes(900_000)
if (ours(bytes) !== theirs(bytes)) throw new Error('the two do not agree')

function speed(name: string, crc: (bytes: Buffer) => number): void {
  const times = 300
  for (let i = 0; i < times / 3; i++) crc(bytes)
  const begun = performance.now()
  for (let i = 0; i < times; i++) crc(bytes)
  const seconds = (performance.now() - begun) / 1000
  console.log(`${name.padEnd(10)} ${((bytes.length * times) / 1e6 / seconds).toFixed(0).padStart(6)} MB/s`)
}

console.log(`Node ${process.version}`)
speed('assembly', ours)
speed('kafkajs', theirs)
