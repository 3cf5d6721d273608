/** kcat, which takes the lines of one file and neither tails nor keeps a state. */

import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readLine, tally } from '../tally.ts'
import { runIn, wordsOf } from './command.ts'
import { type Peer, spentToEnd } from './peer.ts'

export const kcat: Peer = {
  name: 'kcat -P -l (no tailing, no state)',
  record: 'a line',
  async version() {
    return (
      /Version ([\d.]+)[^)]*librdkafka ([\d.]+)/
        .exec(await wordsOf('kcat', '-V'))
        ?.slice(1)
        .join(', librdkafka ') ?? ''
    )
  },
  async run(job) {
    const { place, topic, workload, folder } = job
    // Of several files it takes none.
    const one = join(folder.path, 'all.log')
    for (const path of workload.paths) await pipeline(createReadStream(path), createWriteStream(one, { flags: 'a' }))
    const settings = ['acks=all', 'linger.ms=5', 'batch.num.messages=100000', 'queue.buffering.max.messages=1000000']
    const tuned = settings.flatMap((setting) => ['-X', setting])
    const spent = await spentToEnd(
      runIn(job, 'kcat', ['-P', '-b', place.brokers.join(','), '-t', topic, ...tuned, '-l', one]),
    )
    return { ...spent, bytes: workload.bytes, ...(await tally(place.brokers, topic, workload.lines, readLine)) }
  },
}
