/** The comparison: all that the machine has take the same workload in turn, round after round. */

import type { Sizes } from '../options.ts'
import { kcat } from '../peers/kcat.ts'
import { limit } from '../peers/limit.ts'
import { otelcol } from '../peers/otelcol.ts'
import { pannier } from '../peers/pannier.ts'
import type { Peer, Run } from '../peers/peer.ts'
import { producerPerformance } from '../peers/producer-performance.ts'
import { rsyslog } from '../peers/rsyslog.ts'
import type { Place } from '../place.ts'
import type { Row, Throughput } from '../results.ts'
import { type Workload, writeWorkload } from '../workload.ts'

const peers: readonly Peer[] = [limit, producerPerformance, ...pannier, kcat, rsyslog, otelcol]
const files = 10

export type Say = (text: string) => void

interface Contender {
  readonly peer: Peer
  readonly version: string
  readonly runs: Run[]
}

export async function throughput(place: Place, { mb, rounds }: Sizes, say: Say): Promise<Throughput> {
  const contenders = new Set<Contender>()
  const leftOut: string[] = []
  const leaveOut = (name: string, error: Error): void => {
    leftOut.push(`${name}: ${error.message.split('\n')[0]}`)
    say(`left out: ${name}: ${error.message}`)
  }
  for (const peer of peers) {
    const version = await peer.version().catch((error: Error) => leaveOut(peer.name, error))
    if (version !== undefined) contenders.add({ peer, version, runs: [] })
  }
  await place.withFolder(async ({ path }) => {
    const workload = writeWorkload(path, files, mb * 1e6)
    say('once unmeasured, since a broker that just started is slow')
    await runOnce(place, workload, producerPerformance).catch(() => {})
    for (let round = 1; round <= rounds; round++) {
      for (const contender of contenders) {
        const { peer, runs } = contender
        const run = await runOnce(place, workload, peer).catch((error: Error) => {
          if (pannier.includes(peer)) throw error
          leaveOut(peer.name, error)
          contenders.delete(contender)
        })
        if (run === undefined) continue
        runs.push(run)
        say(`round ${round}: ${peer.name}: ${describe(run)}`)
      }
    }
  })
  return { mb, leftOut, rows: [...contenders].map(rowOf) }
}

function runOnce(place: Place, workload: Workload, peer: Peer): Promise<Run> {
  return place.withFolder((folder) => place.withTopic((topic) => peer.run({ place, workload, topic, folder })))
}

const rateOf = ({ bytes, seconds }: Run): number => bytes / 1e6 / seconds
const cpuPerGbOf = ({ bytes, cpu }: Run): number => cpu / (bytes / 1e9)

export function rowOf({
  peer,
  version,
  runs,
}: Pick<Contender, 'version' | 'runs'> & { readonly peer: Pick<Peer, 'name' | 'record'> }): Row {
  const sum = (count: (run: Run) => number): number => runs.reduce((all, run) => all + count(run), 0)
  return {
    name: peer.name,
    record: peer.record,
    version,
    rates: runs.map(rateOf),
    cpuPerGb: runs.map(cpuPerGbOf),
    peakRss: runs.map(({ peakRss }) => peakRss),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    strange: sum(({ strange }) => strange),
  }
}

export function describe(run: Run): string {
  const spent = `${rateOf(run).toFixed(0)} MB/s, ${cpuPerGbOf(run).toFixed(1)} CPU s per GB, ${run.peakRss.toFixed(0)} MB`
  return `${spent}, ${run.lost} lost, ${run.duplicated} duplicated`
}
