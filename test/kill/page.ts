/** The tables of docs/kill-matrix.md, and of the terminal. */

import { type BrokerEventName, brokerEventOf } from './brokers.ts'
import type { CellReport } from './cell.ts'
import { fileEventOf } from './files.ts'

export interface ExtraReport {
  readonly title: string
  readonly runs: number
  readonly lines: number
  readonly lost: number
  readonly duplicated: number
  readonly faults: readonly string[]
}

export interface PageFacts {
  readonly date: string
  readonly kafka: string
  readonly seed: number
  readonly minutes: number
  readonly skipped: readonly BrokerEventName[]
}

export const killsOf = ({ kills }: CellReport): number => Object.values(kills).reduce((sum, one) => sum + one, 0)

export function cellLine(report: CellReport): string {
  const { files, runs, lines, lost, duplicated, outOfOrder, recovery, seed } = report
  const figures = [
    runs,
    killsOf(report),
    lines,
    lost,
    duplicated,
    outOfOrder,
    `${(recovery / 1000).toFixed(1)} s`,
    seed,
  ]
  return row([fileEventOf(files).title, ...figures])
}

const head = ['file event', 'runs', 'kills', 'lines', 'lost', 'duplicated', 'out of order', 'longest recovery', 'seed']

export function pageOf(reports: readonly CellReport[], extras: readonly ExtraReport[], facts: PageFacts): string {
  const brokers = [...new Set(reports.map(({ broker }) => broker))]
  return [
    '# The kill matrix',
    '',
    `Written by \`npm run test:kill\` on ${facts.date}, in ${facts.minutes} minutes on 2 cores, Node ${process.version}, Apache Kafka ` +
      `${facts.kafka}: three nodes, replication 3, min.insync.replicas 2. Seed ${facts.seed}.`,
    '',
    ...explanation,
    '',
    '## In all',
    '',
    ...totals(reports),
    '',
    ...brokers.flatMap((broker) => section(broker, reports)),
    ...facts.skipped.flatMap((broker) => [`## ${brokerEventOf(broker).title}`, '', 'Skipped: there was no proxy.', '']),
    '## Where the kills hit',
    '',
    ...pointsTable(reports),
    '',
    '## A large backlog, and a stop without a broker',
    '',
    ...extrasTable(extras),
    '',
  ].join('\n')
}

const explanation = [
  'Each cell is one agent (the built `dist/main.js`) with its own files, state directory and topic, which is killed with SIGKILL again and',
  'again, at chosen points and at random, while three files grow by 100 lines per second each, the file event comes over them, and the broker',
  'event over Kafka. Then a last run ships the rest, and a judge that shares no code with Pannier reads the topic and counts line ids.',
  '',
  '- **lost**: lines that were written and never came. **duplicated**: copies beyond the first, as a consumer without any rule counts them;',
  '  each of them is checked: it lies behind the offset committed before the kill, or is the same message once more.',
  '- **out of order**: lines that came, for the first time, after a later line of the same path. Each file keeps its own order in all cells;',
  '  over rotations what was compressed before it was read may come behind its successor, since its `.gz` is proven whole first; and so may',
  '  the copy of a file that was truncated before anything of it was read: what is in the inode by then is taken for what it was.',
  '- **longest recovery**: from a restart to its first ack, or from the end of a broker event to the next ack through whatever kills; the worst.',
  '- A copytruncate writer pauses between copy and truncation; lines written there are lost with any shipper ([guarantees](guarantees.md)).',
  '- A file that is deleted while it is pending is lost if the agent dies before it was read: that cell is killed right after.',
]

function section(broker: BrokerEventName, reports: readonly CellReport[]): string[] {
  const cells = reports.filter((report) => report.broker === broker)
  return [
    `## Broker event: ${brokerEventOf(broker).title}`,
    '',
    row(head),
    row(head.map(() => '---')),
    ...cells.map(cellLine),
    '',
  ]
}

function totals(reports: readonly CellReport[]): string[] {
  const sum = (count: (report: CellReport) => number): number => reports.reduce((all, one) => all + count(one), 0)
  const worst = Math.max(0, ...reports.map(({ recovery }) => recovery))
  const columns = ['cells', ...head.slice(1, -1)]
  const figures = [
    reports.length,
    sum(({ runs }) => runs),
    sum(killsOf),
    sum(({ lines }) => lines),
    sum(({ lost }) => lost),
    sum(({ duplicated }) => duplicated),
    sum(({ outOfOrder }) => outOfOrder),
    `${(worst / 1000).toFixed(1)} s`,
  ]
  return [row(columns), row(columns.map(() => '---')), row(figures)]
}

function pointsTable(reports: readonly CellReport[]): string[] {
  const points = new Map<string, number>()
  for (const { kills } of reports)
    for (const [point, count] of Object.entries(kills)) points.set(point, (points.get(point) ?? 0) + count)
  const rows = [...points].toSorted(([a], [b]) => a.localeCompare(b)).map(row)
  return [row(['point', 'kills']), row(['---', '---']), ...rows]
}

function extrasTable(extras: readonly ExtraReport[]): string[] {
  const columns = ['what', 'runs', 'lines', 'lost', 'duplicated']
  const rows = extras.map(({ title, runs, lines, lost, duplicated }) => row([title, runs, lines, lost, duplicated]))
  return [row(columns), row(columns.map(() => '---')), ...rows]
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
