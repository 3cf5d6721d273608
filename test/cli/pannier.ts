/** The command line, in this process or as it is built, in a temp folder that goes with the test. */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Io } from '../../src/cli/io.ts'
import { obey } from '../../src/cli/obey.ts'

export const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
  readonly lines: readonly string[]
}

/** Runs a command in this process: what main.ts adds to it is in test/cli/main.test.ts. */
export async function pannier(cwd: string, ...args: string[]): Promise<Ended> {
  const out: Buffer[] = []
  const err: string[] = []
  const io: Io = {
    env: process.env,
    cwd,
    host: hostname(),
    pid: process.pid,
    out: async (data) => void out.push(Buffer.from(data)),
    err: (text) => void err.push(text),
    terminal: false,
    outTerminal: false,
    columns: null,
    ask: null,
    signals: { stop: new AbortController().signal, listen: () => () => {} },
  }
  const code = await obey(args, () => io)
  return ended(code, Buffer.concat(out).toString(), err.join(''))
}

/** Ends what hangs: no command that is not told to follow may take longer. */
const PATIENCE_MS = 60_000

/** The built program as a child process. */
export function spawned(cwd: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd, timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.once('error', reject)
    child.once('close', (code) => resolve(ended(code, out, err)))
  })
}

const ended = (code: number | null, out: string, err: string): Ended => ({
  code,
  out,
  err,
  lines: out.split('\n').slice(0, -1),
})

export interface Place {
  readonly path: string
  readonly logs: string
  readonly state: string
  /** Writes into `logs`, or anywhere by an absolute path. */
  write(name: string, text: string): string
  configure(text: string): void
}

/** Its config.ini ships `logs/*.log`; `more` is put behind. */
export function place(t: TestContext, more = ''): Place {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'pannier-cli-')))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const logs = join(path, 'logs')
  mkdirSync(logs)
  const configure = (text: string): void => {
    const basic = `[basic_conf]\ninputpath = ${logs}/*.log\ninterval = 100ms\n`
    writeFileSync(join(path, 'config.ini'), text.startsWith('[basic_conf]') ? text : `${basic}${text}`)
  }
  configure(more)
  const write = (name: string, text: string): string => {
    const file = name.startsWith('/') ? name : join(logs, name)
    writeFileSync(file, text)
    return file
  }
  return { path, logs, state: join(path, 'state'), write, configure }
}

export const kafkaConf = (brokers: readonly string[], topic: string): string =>
  `[kafka_conf]\nbrokers = ${brokers.join(',')}\ntopic = ${topic}\n`
