/** One row of the comparison: something that brings the workload, or as many bytes, into a topic. */

import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { watchCost } from '../../test/long/process-cost.ts'
import { withAdmin } from '../../tools/kafka/client.ts'
import { endOf, type GuardedFolder, hasExited } from '../../tools/kafka/guarded-folder.ts'
import { lastLines } from '../../tools/kafka/node.ts'
import { cpuOfEnded } from '../cost.ts'
import type { Place } from '../place.ts'
import type { Tally } from '../tally.ts'
import type { Workload } from '../workload.ts'

export interface Peer {
  readonly name: string
  readonly record: string
  /** Its version; throws with the reason when the machine does not have it. */
  version(): Promise<string>
  run(job: Job): Promise<Run>
}

export interface Job {
  readonly place: Place
  readonly workload: Workload
  readonly topic: string
  /** Empty, for what the peer needs to have written down. */
  readonly folder: GuardedFolder
}

export interface Command {
  readonly start: () => ChildProcess
  /** What it wrote to stdout and stderr so far. */
  readonly words: () => string
}

export interface Spent {
  /** From the start of the process to its end, or to the arrival of all lines where it never ends by itself. */
  readonly seconds: number
  readonly cpu: number
  readonly peakRss: number
}

export interface Run extends Spent, Tally {
  readonly bytes: number
}

/** As many records as this may travel in one batch of 1,048,588 bytes. */
export const recordBytes = 900_000

const patience = 600_000

/** `start` makes the process; it must end with 0. */
export async function spentToEnd({ start, words }: Command): Promise<Spent> {
  const cpuBefore = cpuOfEnded()
  const begun = performance.now()
  const child = start()
  const cost = watchCost(child.pid as number)
  const tooLong = setTimeout(() => child.kill('SIGKILL'), patience)
  await endOf(child, () => {})
  clearTimeout(tooLong)
  const seconds = (performance.now() - begun) / 1000
  if (child.exitCode !== 0) {
    throw new Error(`it ended with ${child.exitCode ?? child.signalCode}: ${lastLines(words(), 1)}`)
  }
  return { seconds, cpu: cpuOfEnded() - cpuBefore, peakRss: cost().peakRss }
}

/** The same for what tails for ever: it is told to leave when `records` are there. What its leaving costs is in its CPU. */
export async function spentToArrival({ start, words }: Command, records: number, job: Job): Promise<Spent> {
  const cpuBefore = cpuOfEnded()
  const begun = performance.now()
  const child = start()
  const cost = watchCost(child.pid as number)
  await arrival(child, records, job)
  const seconds = (performance.now() - begun) / 1000
  if (hasExited(child)) throw new Error(`it ended before all lines were there: ${lastLines(words(), 1)}`)
  await endOf(child, () => child.kill('SIGTERM'))
  return { seconds, cpu: cpuOfEnded() - cpuBefore, peakRss: cost().peakRss }
}

const askEvery = 20

/** Resolves also when the process has ended, or nothing more came for a minute: what is lost then is counted. */
async function arrival(child: ChildProcess, records: number, { place, topic }: Job): Promise<void> {
  await withAdmin(place.brokers, async (admin) => {
    let most = 0
    let since = performance.now()
    for (;;) {
      const offsets = await admin.fetchTopicOffsets(topic)
      const count = offsets.reduce((sum, { high }) => sum + Number(high), 0)
      if (count >= records || hasExited(child)) return
      if (count > most) since = performance.now()
      most = count
      if (performance.now() - since > 60_000) return
      await delay(askEvery)
    }
  })
}

/** Payload without lines: counted as records. */
export async function tallyRecords({ place, topic }: Job, sent: number): Promise<Tally> {
  const offsets = await withAdmin(place.brokers, (admin) => admin.fetchTopicOffsets(topic))
  const count = offsets.reduce((sum, { high }) => sum + Number(high), 0)
  return { lost: Math.max(0, sent - count), duplicated: Math.max(0, count - sent), strange: 0 }
}

/** Without whose files there is no peer. */
export function absent(reason: string): never {
  throw new Error(reason)
}
