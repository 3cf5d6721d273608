/** The goals, each beside the figure. */

import { nameOf } from '../peers/pannier.ts'
import { type Known, median, type Packed, type Results, type Row, type Scale, type Throughput } from '../results.ts'
import { count } from './table.ts'

export interface Goal {
  readonly what: string
  readonly goal: string
  readonly measured: string
  readonly met: boolean
}

export function goals(results: Results): Goal[] {
  const { throughput, codecs, scale, idle, start, latency, files = [] } = results
  return [
    ...(throughput === undefined ? [] : throughputGoals(throughput)),
    ...(codecs === undefined ? [] : codecs.rows.flatMap(codecGoals)),
    ...(scale === undefined ? [] : scaleGoals(scale)),
    ...(idle === undefined
      ? []
      : [
          atMost('idle, 1,000 files, interval 1 s: percent of a core', idle.percent, 0.5, 2),
          atMost('idle, 1,000 files: RSS in MB', idle.rss, 60, 0),
        ]),
    ...files.flatMap((known) => filesGoals(known, files[0] as Known)),
    ...(start === undefined
      ? []
      : [atMost('start to first ack in ms, empty state (median)', median(start.firstAck), 400, 0)]),
    ...(latency ?? []).flatMap(({ interval, p50, p99 }) =>
      interval === '1s'
        ? [
            atMost('append to ack in s, interval 1 s, p50', p50, 0.55, 2),
            atMost('append to ack in s, interval 1 s, p99', p99, 1.1, 2),
          ]
        : [atMost('append to ack in s, interval 0.1 s, p99', p99, 0.2, 2)],
    ),
  ]
}

function throughputGoals({ rows }: Throughput): Goal[] {
  const found = (start: string): Row | undefined => rows.find(({ name }) => name.startsWith(start))
  const goalsOf = (format: string, cpu: number, over: readonly (readonly [string, number])[]): Goal[] => {
    const own = found(nameOf(format))
    if (own === undefined) return []
    const ratios = over.flatMap(([name, least]) => {
      const other = found(name)
      return other === undefined ? [] : [atLeast(`${format}: MB/s over ${name}`, ratio(own, other), least, 2)]
    })
    return [
      ...ratios,
      atMost(`${format}: CPU s per GB`, median(own.cpuPerGb), cpu, 1),
      atMost(`${format}: peak RSS in MB`, Math.max(...own.peakRss), 90, 0),
    ]
  }
  return [
    ...goalsOf('json', 3, [['Kafka’s own ProducerPerformance', 1.15]]),
    ...goalsOf('raw', 2, [['librdkafka', 0.9]]),
    ...goalsOf('line', 5, [
      ['OpenTelemetry Collector', 1],
      ['rsyslog', 1.1],
    ]),
  ]
}

function codecGoals({ name, alone, row }: Packed): Goal[] {
  if (alone.length === 0) return []
  return [
    atLeast(`${name}: MB/s over the codec alone on one core`, median(row.rates) / median(alone), 0.8, 2),
    atMost(`${name}: peak RSS in MB`, Math.max(...row.peakRss), 90, 0),
  ]
}

/** Of the medians of all rounds. */
export const ratio = (own: Row, other: Row): number => median(own.rates) / median(other.rates)

/** Of the last step, in which what a start costs says least. */
function scaleGoals({ lines, files, partitions }: Scale): Goal[] {
  const all = { lines, files, partitions }
  return Object.entries(all).flatMap(([what, grown]) => {
    const [before, last] = grown.slice(-2)
    if (before === undefined || last === undefined) return []
    const times = last.count / before.count
    return [atMost(`${times} times the ${what}: times the CPU`, last.cpu / before.cpu, times, 1)]
  })
}

const tenThousand = 10_000

/** A look at twice as many files may take twice as long; below ten thousand the figures say nothing. */
function filesGoals(known: Known, fewest: Known): Goal[] {
  const { files } = known
  if (files < tenThousand) return []
  const named = `${count(files)} known files`
  const perFile = ((known.rss - fewest.rss) * 1e6) / (files - fewest.files) / 1000
  const all = [
    atMost(`${named}: CPU ms of a round`, known.look, (50 * files) / tenThousand, 0),
    atMost(`${named}: handles kept`, known.handles, 0, 0),
    atMost(`${named}: KB of memory for each`, perFile, 2, 1),
    atMost(
      `${named}: bytes of a checkpoint of ten, over that with ${count(fewest.files)}`,
      known.commit.bytes / fewest.commit.bytes,
      1.1,
      2,
    ),
  ]
  return files < 10 * tenThousand ? all : [...all, atMost(`${named}: start to first ack in ms`, known.firstAck, 700, 0)]
}

const atMost = (what: string, value: number, most: number, digits: number): Goal => ({
  what,
  goal: `<= ${most}`,
  measured: value.toFixed(digits),
  met: value <= most,
})

const atLeast = (what: string, value: number, least: number, digits: number): Goal => ({
  what,
  goal: `>= ${least}`,
  measured: value.toFixed(digits),
  met: value >= least,
})
