/** `npm run test:kill [-- --short | --broker NAME --files NAME --seed N --seconds N]`: the kill matrix, and its page when it ran whole. */

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kafkaVersion } from '../../tools/kafka/jars.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { type BrokerEventName, brokerEvents } from './brokers.ts'
import type { CellReport } from './cell.ts'
import { killInBacklog, stopWithoutBroker, together } from './extras.ts'
import { type FileEventName, fileEvents } from './files.ts'
import { type Row, runMatrix } from './matrix.ts'
import { cellLine, type ExtraReport, killsOf, pageOf } from './page.ts'

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const page = fromRoot('docs/kill-matrix.md')
const backlog = 1_000_000
const backlogParts = [0.1, 0.4, 0.7]
const beforeStop = 280_000

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { short: { type: 'boolean' }, broker: text, files: text, seed: text, seconds: text },
})
if (values.short) process.exitCode = await short()
else process.exitCode = await matrix()

/** As CI runs it: by the test runner. */
async function short(): Promise<number> {
  const args = ['--import', 'tsx', fromRoot('tools/run-tests.ts'), 'test/kill']
  const child = spawn(process.execPath, args, { stdio: 'inherit', cwd: fromRoot('') })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

async function matrix(): Promise<number> {
  const brokers = chosen<BrokerEventName>('broker', values.broker, Object.keys(brokerEvents))
  const files = chosen<FileEventName>('files', values.files, Object.keys(fileEvents))
  const seed = Number(values.seed ?? randomInt(2 ** 30))
  const seconds = values.seconds === undefined ? {} : { seconds: Number(values.seconds) }
  const rows: Row[] = brokers.map((broker) => ({ broker, files, ...seconds }))
  const isWhole = values.broker === undefined && values.files === undefined && values.seconds === undefined
  const began = Date.now()
  const note = (words: string): void => console.log(`# ${((Date.now() - began) / 1000).toFixed(0)} s: ${words}`)
  const cluster = await startOwnKafka({ nodes: 3, proxied: true })
  // Three brokers that were killed rather than told to go leave nothing behind: the folder's watchdog sees to it.
  process.once('SIGINT', () => process.exit(130))
  const reports: CellReport[] = []
  const extras: ExtraReport[] = []
  try {
    for await (const report of runMatrix(cluster, rows, { seed, note, keep: fromRoot('out/kill') })) {
      reports.push(report)
      console.log(cellLine(report))
      for (const fault of report.faults) console.log(`  FAILED: ${fault}`)
    }
    if (isWhole) {
      const runs: ExtraReport[] = []
      for (const part of backlogParts) runs.push(await killInBacklog(cluster, backlog, part))
      extras.push(together(runs), await stopWithoutBroker(cluster, beforeStop))
      for (const { title, lost, duplicated, faults } of extras)
        console.log(
          `${title}: lost ${lost}, duplicated ${duplicated}${faults.map((fault) => `; FAILED: ${fault}`).join('')}`,
        )
    }
  } finally {
    await cluster.stop()
  }
  const failed = [...reports, ...extras].filter(({ faults }) => faults.length > 0).length
  const kills = reports.reduce((sum, report) => sum + killsOf(report), 0)
  note(`${reports.length} cells, ${kills} kills, seed ${seed}: ${failed === 0 ? 'all passed' : `${failed} failed`}`)
  if (isWhole) {
    const skipped = brokers.filter((broker) => !reports.some((report) => report.broker === broker))
    const minutes = Math.round((Date.now() - began) / 60_000)
    const date = new Date(began).toISOString().slice(0, 10)
    writeFileSync(page, pageOf(reports, extras, { date, kafka: kafkaVersion, seed, minutes, skipped }))
    note(`written: ${page}`)
  }
  return failed === 0 && reports.length > 0 ? 0 : 1
}

function chosen<Name extends string>(option: string, value: string | undefined, names: readonly string[]): Name[] {
  if (value === undefined) return names as Name[]
  const given = value.split(',')
  const unknown = given.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: it is one of ${names.join(', ')}`)
  return given as Name[]
}
