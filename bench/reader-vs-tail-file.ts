/**
 * How fast Pannier's reader and the package `tail-file` take a file from its start to its end, each in a process of its own.
 * `npx tsx bench/reader-vs-tail-file.ts [--mb 200] [--runs 3]`; the decision is docs/decisions/0001.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemDisk } from '../src/files/disk.ts'
import { digestOf, EMPTY, MARK_MAX } from '../src/files/fingerprint.ts'
import { readWindow } from '../src/files/read.ts'
import { fromBirth } from '../src/state/file-record.ts'
import { utf8 } from '../src/text/charset.ts'
import { lineBytes } from '../tools/oracle/lines.ts'
import { writeLines } from '../tools/oracle/writer.ts'

interface Measured {
  readonly reader: string
  readonly lines: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly maxRssMb: number
}

interface TailFile {
  on(event: string, listener: (line: string) => void): void
  start(): void
  stop(): Promise<unknown>
}

/** A window as large as the one for a topic with Kafka's own limit. */
const WINDOW = 1_048_588 + MARK_MAX

/** `asStrings` makes a string of each line, as tail-file's interface has it; the agent never does. */
async function ownReader(path: string, asStrings: boolean): Promise<number> {
  const handle = await systemDisk.open(path)
  const { size, dev, ino, birth } = await handle.stat()
  const named = { id: '0'.repeat(32), input: '', path, topic: '', partition: 0, start: 0, at: 0 }
  const file = fromBirth({ ...named, identity: { dev, ino, birth, head: EMPTY } }, '')
  file.size = size
  const slab = { bytes: Buffer.allocUnsafeSlow(WINDOW) }
  let lines = 0
  while (file.cursor.offset < size) {
    const window = await readWindow(file, handle, slab, 0, utf8)
    if (window === 'changed') throw new Error('the file changed')
    const end = window.bytes.lastIndexOf(0x0a, window.end - 1) + 1
    lines += asStrings
      ? window.bytes.toString('utf8', window.start, end - 1).split('\n').length
      : lineEnds(window.bytes, window.start, end)
    const offset = file.cursor.offset + end - window.start
    file.cursor = { offset, carry: null, mark: digestOf(window.bytes.subarray(Math.max(0, end - MARK_MAX), end)) }
  }
  await handle.close()
  return lines
}

function lineEnds(bytes: Buffer, start: number, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a, start); at >= 0 && at < end; at = bytes.indexOf(0x0a, at + 1)) count++
  return count
}

/** With its own buffer of 4 KiB, or with one as large as ours. */
async function tailFile(path: string, expected: number, bufsize: number | null): Promise<number> {
  const Tail = createRequire(import.meta.url)('tail-file') as new (path: string, options: object) => TailFile
  const tail = new Tail(path, { startPos: 'start', ...(bufsize === null ? {} : { _bufsize: bufsize }) })
  let lines = 0
  await new Promise<void>((resolve) => {
    tail.on('line', () => {
      if (++lines === expected) resolve()
    })
    tail.start()
  })
  await tail.stop()
  return lines
}

const readers: Readonly<Record<string, (path: string, expected: number) => Promise<number>>> = {
  'own reader, bytes': (path) => ownReader(path, false),
  'own reader, strings': (path) => ownReader(path, true),
  'tail-file, 4 KiB': (path, expected) => tailFile(path, expected, null),
  'tail-file, 1 MiB': (path, expected) => tailFile(path, expected, WINDOW),
}

async function measure(reader: string, path: string): Promise<Measured> {
  const expected = statSync(path).size / lineBytes
  const begun = performance.now()
  const lines = await readers[reader]?.(path, expected)
  if (lines !== expected) throw new Error(`${reader} saw ${lines} of ${expected} lines`)
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage()
  return { reader, lines, seconds, cpuSeconds: (user + system) / 1e6, maxRssMb: process.resourceUsage().maxRSS / 1024 }
}

function compare(mb: number, runs: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-bench-'))
  const path = join(folder, 'bench.log')
  try {
    writeLines({ path, tag: 'bench', count: Math.floor((mb * 1e6) / lineBytes) })
    const size = statSync(path).size / 1e6
    console.log(`${size.toFixed(0)} MB of ${lineBytes}-byte lines, Node ${process.version}, best of ${runs}`)
    for (const reader of Object.keys(readers)) {
      const all = Array.from({ length: runs }, () => inOwnProcess(reader, path)).toSorted(
        (a, b) => a.seconds - b.seconds,
      )
      const { seconds, cpuSeconds, maxRssMb } = all[0] as Measured
      const speed = `${(size / seconds).toFixed(0).padStart(6)} MB/s`
      console.log(
        `${reader.padEnd(20)} ${speed}  ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s CPU with start, ${maxRssMb.toFixed(0)} MB RSS`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function inOwnProcess(reader: string, path: string): Measured {
  const args = ['--import', 'tsx', import.meta.filename, '--reader', reader, '--path', path]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measured
}

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { mb: { ...text, default: '200' }, runs: { ...text, default: '3' }, reader: text, path: text },
})
if (values.reader !== undefined && values.path !== undefined)
  console.log(JSON.stringify(await measure(values.reader, values.path)))
else compare(Number(values.mb), Number(values.runs))
