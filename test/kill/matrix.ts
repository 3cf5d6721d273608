/** The kill matrix: for each row of broker events, the cells of all file events side by side on one cluster. */

import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { createTopic, deleteTopic } from '../../tools/kafka/admin.ts'
import type { Cluster, KafkaNode } from '../../tools/kafka/node.ts'
import { startToxiproxy, type Toxiproxy, toxiproxyProblem } from '../../tools/toxiproxy/toxiproxy.ts'
import { generator } from '../long/random.ts'
import { type BrokerEventName, brokerEventOf, type Fault, untilWhole } from './brokers.ts'
import { Cell, type CellName, type CellReport } from './cell.ts'
import type { FileEventName } from './files.ts'

export interface Row {
  readonly broker: BrokerEventName
  readonly files: readonly FileEventName[]
  readonly seconds?: number
}

export interface MatrixOptions {
  readonly seed: number
  readonly note: (text: string) => void
  /** Where folders of failing cells are kept. */
  readonly keep: string
}

/** Runs row after row on the cluster, and hands over each report as soon as it is there. */
export async function* runMatrix(
  cluster: Cluster,
  rows: readonly Row[],
  options: MatrixOptions,
): AsyncGenerator<CellReport> {
  const toxiproxy = await proxiesBefore(cluster, rows, options)
  try {
    let cells = 0
    for (const row of rows) {
      const event = brokerEventOf(row.broker)
      if (event.proxied && toxiproxy === null) continue
      const names = row.files.map((files) => ({ broker: row.broker, files, seed: options.seed + cells++ }))
      options.note(`${event.title}: ${names.length} cells for ${row.seconds ?? event.seconds} s`)
      for (const report of await runRow(cluster, event.proxied ? toxiproxy : null, row, names, options)) yield report
    }
  } finally {
    await toxiproxy?.stop()
  }
}

async function proxiesBefore(
  { nodes }: Cluster,
  rows: readonly Row[],
  { note }: MatrixOptions,
): Promise<Toxiproxy | null> {
  if (!rows.some(({ broker }) => brokerEventOf(broker).proxied)) return null
  const problem = await toxiproxyProblem()
  if (problem !== null) {
    note(`rows with a proxy are skipped: ${problem}`)
    return null
  }
  return startToxiproxy(nodes.map(proxiedOf))
}

function proxiedOf({ id, proxied }: KafkaNode): NonNullable<KafkaNode['proxied']> {
  if (proxied === null) throw new Error(`node ${id} has no listener behind a proxy`)
  return proxied
}

async function runRow(
  cluster: Cluster,
  toxiproxy: Toxiproxy | null,
  { broker, seconds }: Row,
  names: readonly CellName[],
  { seed, keep, note }: MatrixOptions,
): Promise<CellReport[]> {
  const cleaning: (() => unknown)[] = []
  const event = brokerEventOf(broker)
  const topics = names.map((name) => `kill-${name.broker}-${name.files}-${name.seed}`)
  try {
    for (const topic of topics) await createTopic(cluster.brokers, topic, { partitions: 3 })
    await untilWhole({ cluster, topics })
    const bootstrap = event.proxied ? cluster.nodes.map((node) => proxiedOf(node).address) : cluster.brokers
    const cells = names.map((name, index) => {
      const place = { brokers: cluster.brokers, bootstrap, topic: topics[index] ?? '' }
      return new Cell(name, { ...place, after: (clean) => cleaning.push(clean) })
    })
    const faults: Fault[] = []
    const end = Date.now() + (seconds ?? event.seconds) * 1000
    const stage = {
      cluster,
      toxiproxy,
      topics,
      random: generator(seed),
      left: () => end - Date.now(),
      async fault(harm: () => Promise<void>) {
        const from = Date.now()
        await harm()
        faults.push({ from, to: Date.now() })
      },
    }
    let isOver = false
    const killing = cells.map((cell) => cell.killUntil(() => isOver).then(() => null, String))
    try {
      await event.run(stage)
    } finally {
      isOver = true
    }
    const failures = await Promise.all(killing)
    note('the last runs, and the judge')
    return await Promise.all(cells.map((cell, index) => judged(cell, faults, failures[index] ?? null, keep)))
  } finally {
    for (const clean of cleaning.toReversed()) await clean()
    for (const topic of topics) await deleteTopic(cluster.brokers, topic).catch(() => {})
  }
}

async function judged(cell: Cell, faults: readonly Fault[], failure: string | null, keep: string): Promise<CellReport> {
  const report = await cell.judge(faults).catch((error: Error) => failed(cell.name, error.message))
  const all = failure === null ? report : { ...report, faults: [failure, ...report.faults] }
  if (all.faults.length === 0) return all
  const { broker, files, seed } = cell.name
  const kept = join(keep, `${broker}-${files}-${seed}`)
  cpSync(cell.home.path, kept, { recursive: true })
  return { ...all, faults: [...all.faults, `kept in ${kept}; again: ${rerun(cell.name)}`] }
}

function rerun({ broker, files, seed }: CellName): string {
  return `npm run test:kill -- --broker ${broker} --files ${files} --seed ${seed}`
}

function failed(name: CellName, why: string): CellReport {
  return { ...name, runs: 0, kills: {}, lines: 0, lost: 0, duplicated: 0, outOfOrder: 0, recovery: 0, faults: [why] }
}
