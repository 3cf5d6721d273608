/** From the append of a line to the moment at which a consumer has it, for lines that come at random instants. */

import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LineIds } from '../../tools/oracle/line-ids.ts'
import { lines as linesOf } from '../../tools/oracle/lines.ts'
import type { Sizes } from '../options.ts'
import type { Home, Place } from '../place.ts'
import { type Latency, quantile } from '../results.ts'
import { readPannier } from '../tally.ts'
import { type Watch, watchTopic } from '../watch.ts'
import { tag, writeWorkload } from '../workload.ts'
import type { Say } from './throughput.ts'

/** Between appends, in milliseconds: a multiple of no interval. */
const longestPause = 370
const patience = 60_000

export async function latency(place: Place, sizes: Sizes, say: Say): Promise<Latency[]> {
  const all: Latency[] = []
  for (const interval of ['1s', '100ms']) {
    const one = await measure(place, interval, sizes.lines)
    all.push(one)
    say(`interval ${interval}: p50 ${one.p50.toFixed(3)} s, p99 ${one.p99.toFixed(3)} s`)
  }
  return all
}

function measure(place: Place, interval: string, count: number): Promise<Latency> {
  return place.withFolder(({ path }) =>
    place.withTopic((topic) => {
      const { glob, paths } = writeWorkload(path, 1, 0)
      const settings = {
        basic_conf: { inputpath: glob, interval },
        kafka_conf: { brokers: place.brokers.join(','), topic },
      }
      return place.withHome(settings, async (home) => {
        const watch = await watchTopic(place.brokers, topic)
        const took = await times(watch, home, paths[0] as string, count)
        await watch.close()
        return { interval, lines: took.length, p50: quantile(took, 0.5), p99: quantile(took, 0.99) }
      })
    }),
  )
}

/** Seconds of each line; the first, which is there before the agent is, does not count. */
async function times(watch: Watch, home: Home, path: string, count: number): Promise<number[]> {
  const appended = new Map<number, number>()
  const took: number[] = []
  let arrivedAt = 0
  const ids = new LineIds((_tag, seq) => {
    const begun = appended.get(seq)
    if (begun !== undefined) took.push((arrivedAt - begun) / 1000)
  })
  const first = watch.next()
  const agent = home.start()
  await first
  watch.onRecord = (record) => {
    const { file, offset, bytes } = readPannier(record)
    arrivedAt = record.at
    ids.feed(file, offset, bytes)
  }
  for (let seq = 1; seq <= count; seq++) {
    await delay(Math.random() * longestPause)
    appended.set(seq, performance.now())
    appendFileSync(path, linesOf(tag, seq, 1))
  }
  const deadline = performance.now() + patience
  while (took.length < count) {
    if (performance.now() > deadline) throw new Error(`${count - took.length} lines did not come`)
    await delay(longestPause)
  }
  agent.signal('SIGTERM')
  await agent.ended()
  return took
}
