/** Ourselves, as a user starts it: the built program, `run --once`, fresh state. */

import { version } from '../../src/version.ts'
import { watchCost } from '../../test/long/process-cost.ts'
import { cpuOfEnded } from '../cost.ts'
import type { Home } from '../place.ts'
import { readPannier, tally } from '../tally.ts'
import type { Job, Peer, Run, Spent } from './peer.ts'

const patience = 900_000

const formats = { json: 'a chunk', raw: 'a chunk', line: 'a line, with four headers' }

export const pannier: readonly Peer[] = Object.entries(formats).map(([format, record]) => ({
  name: nameOf(format),
  record,
  version: async () => `Pannier ${version}`,
  run: (job) => runOf(job, format, 'none'),
}))

export async function runOf({ place, topic, workload }: Job, format: string, compression: string): Promise<Run> {
  const settings = {
    basic_conf: { inputpath: workload.glob },
    kafka_conf: { brokers: place.brokers.join(','), topic, compression },
    message_conf: { format },
  }
  const spent = await place.withHome(settings, spentOnce)
  const counts = await tally(place.brokers, topic, workload.lines, readPannier)
  return { ...spent, bytes: workload.bytes, ...counts }
}

export function nameOf(format: string): string {
  return `Pannier, ${format}`
}

/** From its start to its end, with its exit code proven. */
export async function spentOnce(home: Home): Promise<Spent> {
  const cpuBefore = cpuOfEnded()
  const begun = performance.now()
  const agent = home.start('--once')
  const cost = watchCost(agent.pid)
  const code = await agent.ended(patience)
  const seconds = (performance.now() - begun) / 1000
  if (code !== 0) throw new Error(`Pannier ended with ${code}:\n${agent.words()}`)
  return { seconds, cpu: cpuOfEnded() - cpuBefore, peakRss: cost().peakRss }
}
