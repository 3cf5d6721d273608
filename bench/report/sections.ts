/** The tables of the report, a section for each part that was measured. */

import { type Grown, median, type Results, type Row } from '../results.ts'
import { goals } from './goals.ts'
import { count, span, table } from './table.ts'

export interface Section {
  readonly title: string
  readonly text: string
  /** A plot that belongs below it. */
  readonly plot?: 'throughput' | 'scale'
}

export function sections(results: Results): Section[] {
  return [goalsSection, throughputSection, codecsSection, scaleSection, smallSection, filesSection].flatMap(
    (section) => {
      const one = section(results)
      return one === null ? [] : [one]
    },
  )
}

function goalsSection(results: Results): Section | null {
  const rows = goals(results).map(({ what, goal, measured, met }) => [what, goal, measured, met ? 'yes' : '**no**'])
  if (rows.length === 0) return null
  return { title: 'Goals', text: table(['what', 'goal', 'measured', 'met'], rows) }
}

function throughputSection({ throughput }: Results): Section | null {
  if (throughput === undefined) return null
  const { mb, rows, leftOut } = throughput
  const head = ['', 'MB/s', 'median', 'CPU s per GB', 'peak RSS MB', 'a record is', 'lost', 'duplicated', 'version']
  const lines = rows.map((row) => [
    row.name,
    span(row.rates, 0),
    median(row.rates).toFixed(0),
    span(row.cpuPerGb, 1),
    span(row.peakRss, 0),
    row.record,
    lostOf(row),
    String(row.duplicated),
    row.version,
  ])
  const rounds = rows[0]?.rates.length ?? 0
  const how =
    `${mb} MB in 10 files of 170-byte lines, three partitions, acks=all, no compression, fresh state; all rows in turn, ${rounds} ` +
    `${rounds === 1 ? 'round' : 'rounds'}. MB/s are source bytes over the time from the start of the process to its end, or to the arrival of ` +
    'the last line where it tails for ever; ProducerPerformance reports its own, without the start of its JVM. CPU is user and system time of the ' +
    'whole process. Lost and duplicated are lines, by the ids in what was consumed; of payload without lines, records.'
  const missing = leftOut.map((reason) => `- left out: ${reason}`).join('\n')
  const text = [how, table(head, lines), missing].filter((part) => part !== '').join('\n\n')
  return { title: 'Throughput', text, plot: 'throughput' }
}

function codecsSection({ codecs }: Results): Section | null {
  if (codecs === undefined) return null
  const { mb, rows } = codecs
  const head = [
    '',
    'MB/s',
    'median',
    'alone, MB/s',
    'ratio',
    'times smaller',
    'CPU s per GB',
    'peak RSS MB',
    'lost',
    'duplicated',
  ]
  const lines = rows.map(({ name, alone, ratio: smaller, row }) => [
    name,
    span(row.rates, 0),
    median(row.rates).toFixed(0),
    alone.length === 0 ? '' : span(alone, 0),
    alone.length === 0 ? '' : (median(row.rates) / median(alone)).toFixed(2),
    smaller.toFixed(2),
    span(row.cpuPerGb, 1),
    span(row.peakRss, 0),
    lostOf(row),
    String(row.duplicated),
  ])
  const how =
    `json, ${mb} MB in 10 files of 170-byte lines that read like a service's log, three partitions, acks=all, fresh state. MB/s are source bytes, the start of the ` +
    'process included; beside them what the codec alone does with 20 of the same records on one core, right after each run. ' +
    'The broker checks every batch that is compressed, on the same two cores.'
  return { title: 'Codecs', text: `${how}\n\n${table(head, lines)}` }
}

/** What nobody wrote counts as lost: something else came in its place. */
const lostOf = ({ lost, strange }: Row): string => (strange === 0 ? String(lost) : `${lost}, ${strange} strange`)

const grown = (what: string, all: readonly Grown[]): string =>
  table(
    [what, 'CPU s', 'CPU s per GB', 'lost', 'duplicated'],
    all.map((one) => [
      count(one.count),
      one.cpu.toFixed(2),
      (one.cpu / (one.bytes / 1e9)).toFixed(1),
      String(one.lost + one.strange),
      String(one.duplicated),
    ]),
  )

function scaleSection({ scale }: Results): Section | null {
  if (scale === undefined) return null
  const { total, lines, files, partitions } = scale
  const text = [
    '`run --once`, json, the whole process, its start included. The dashed lines of the plot go from the largest size down as if all of its cost ' +
      'were for what grows.',
    `MB, in 10 files over 3 partitions:\n\n${grown('MB', lines)}`,
    `Files, ${total} MB in all, over 3 partitions:\n\n${grown('files', files)}`,
    `Partitions, ${total} MB in 1,000 files:\n\n${grown('partitions', partitions)}`,
  ].join('\n\n')
  return { title: 'Cost as files, lines and partitions grow', text, plot: 'scale' }
}

function smallSection({ idle, start, latency }: Results): Section | null {
  const rows: string[][] = []
  if (idle !== undefined) {
    const what = `idle, ${count(idle.files)} files, interval 1 s, over ${idle.seconds.toFixed(0)} s`
    rows.push([what, `${idle.percent.toFixed(2)} % of a core, ${idle.rss.toFixed(0)} MB`])
  }
  if (start !== undefined) {
    rows.push([
      'process start to first ack, empty state',
      `${span(start.firstAck, 0)} ms, median ${median(start.firstAck).toFixed(0)}`,
    ])
  }
  for (const { interval, lines, p50, p99 } of latency ?? []) {
    const what = `append to ack, interval ${interval}, ${lines} lines at random instants`
    rows.push([what, `p50 ${p50.toFixed(3)} s, p99 ${p99.toFixed(3)} s`])
  }
  if (rows.length === 0) return null
  const how =
    'An ack is timed by a consumer that waits at the broker: it is handed a record when it is acked, and a few milliseconds are its own.'
  return { title: 'Idle, starting, waiting', text: `${how}\n\n${table(['what', 'measured'], rows)}` }
}

function filesSection({ files }: Results): Section | null {
  if (files === undefined) return null
  const head = ['known files', 'first sight and shipping, CPU s', 'start to first ack, ms', 'a look at all, CPU ms']
  const more = ['handles kept', 'RSS MB', 'checkpoint of ten: bytes', 'ms']
  const rows = files.map((known) => [
    count(known.files),
    known.shipping.toFixed(1),
    known.firstAck.toFixed(0),
    known.look.toFixed(1),
    String(known.handles),
    known.rss.toFixed(0),
    count(known.commit.bytes),
    known.commit.ms.toFixed(1),
  ])
  const how =
    'Files of one line, 1,000 to a folder, `close_inactive` of 1 s. After all were shipped the agent is started again with one new line to ship, and then asked for ' +
    'looks by SIGUSR2, one after the other. The checkpoint is measured in a process of its own on the state that the agent left, its fsync included.'
  return { title: 'Many known files', text: `${how}\n\n${table([...head, ...more], rows)}` }
}
