/** The limit that this machine and its broker set: librdkafka with large records out of memory (limit.c). */

import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { partitions } from '../place.ts'
import { runIn } from './command.ts'
import { absent, type Peer, recordBytes, spentToEnd, tallyRecords } from './peer.ts'

const execute = promisify(execFile)
const source = fileURLToPath(new URL('limit.c', import.meta.url))
const built = fileURLToPath(new URL('../../.cache/bench/limit', import.meta.url))

export const limit: Peer = {
  name: 'librdkafka, 900 kB records out of memory (the limit)',
  record: 'payload only',
  async version() {
    mkdirSync(join(built, '..'), { recursive: true })
    await execute('gcc', ['-O2', '-o', built, source, '-lrdkafka']).catch((error: Error & { stderr?: string }) =>
      absent(`it needs gcc and librdkafka-dev: ${(error.stderr || error.message).trim().split('\n')[0]}`),
    )
    return `librdkafka ${(await execute(built, ['--version'])).stdout.trim()}`
  },
  async run(job) {
    const { place, topic, workload } = job
    const records = Math.ceil(workload.bytes / recordBytes)
    const args = [place.brokers.join(','), topic, partitions, records, recordBytes].map(String)
    const spent = await spentToEnd(runIn(job, built, args))
    return { ...spent, bytes: records * recordBytes, ...(await tallyRecords(job, records)) }
  },
}
