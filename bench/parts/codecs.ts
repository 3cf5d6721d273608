/** With each codec, beside the codec alone: what the rest of the agent costs on top of it. Lines that compress like those of a service. */

import { CODES, type CodecName } from '../../src/kafka/codecs/codec.ts'
import { codecOf } from '../../src/kafka/codecs/modules.ts'
import { version } from '../../src/version.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import type { Sizes } from '../options.ts'
import { runOf } from '../peers/pannier.ts'
import type { Run } from '../peers/peer.ts'
import type { Place } from '../place.ts'
import type { Codecs, Packed } from '../results.ts'
import { readPannier } from '../tally.ts'
import { writeWorkload } from '../workload.ts'
import { describe, rowOf, type Say } from './throughput.ts'

const files = 10
/** For the codec alone: records, and how often all of them are compressed. */
const SAMPLE = 20
const REPEATS = 8

interface Sample {
  readonly values: readonly Buffer[]
  /** Of the files' own bytes. */
  readonly bytes: number
}

export async function codecs(place: Place, { codecMb: mb, rounds }: Sizes, say: Say): Promise<Codecs> {
  const names = Object.keys(CODES) as CodecName[]
  const taken = names.map((name) => ({ name, runs: [] as Run[], alone: [] as number[], ratio: 1 }))
  await place.withFolder(async (folder) => {
    const workload = writeWorkload(folder.path, files, mb * 1e6, { prose: true })
    for (let round = 1; round <= rounds; round++)
      for (const one of taken) {
        const { name, runs, alone } = one
        await place.withTopic(async (topic) => {
          const run = await runOf({ place, workload, topic, folder }, 'json', name)
          runs.push(run)
          say(`round ${round}: ${name}: ${describe(run)}`)
          if (name === 'none') return
          const { rate, ratio } = measureAlone(name, await sampleOf(place, topic))
          alone.push(rate)
          one.ratio = ratio
          say(`round ${round}: ${name} alone: ${rate.toFixed(0)} MB/s, ${ratio.toFixed(2)} : 1`)
        })
      }
  })
  return {
    mb,
    rows: taken.map(
      (one): Packed => ({
        ...one,
        row: rowOf({ ...one, peer: { name: one.name, record: 'a chunk' }, version: `Pannier ${version}` }),
      }),
    ),
  }
}

async function sampleOf({ brokers }: Place, topic: string): Promise<Sample> {
  const values: Buffer[] = []
  let bytes = 0
  for await (const record of readTopic(brokers, topic)) {
    values.push(Buffer.from(record.value))
    bytes += readPannier(record).bytes.length
    if (values.length === SAMPLE) break
  }
  return { values, bytes }
}

/** The first pass is for the compiler of the WebAssembly. */
function measureAlone(name: Exclude<CodecName, 'none'>, { values, bytes }: Sample): { rate: number; ratio: number } {
  const codec = codecOf(name)
  const packed = values.reduce((sum, value) => sum + codec.compress(value).length, 0)
  const begun = performance.now()
  for (let repeat = 0; repeat < REPEATS; repeat++) for (const value of values) codec.compress(value)
  const seconds = (performance.now() - begun) / 1000
  return {
    rate: (bytes * REPEATS) / 1e6 / seconds,
    ratio: values.reduce((sum, { length }) => sum + length, 0) / packed,
  }
}
