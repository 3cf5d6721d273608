/** The built agent as a child process with a folder of its own: started, sent signals, read and waited for. */

import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { endOf, guardedFolder, hasExited } from '../../tools/kafka/guarded-folder.ts'
import { lastLines } from '../../tools/kafka/node.ts'

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Agent {
  readonly pid: number
  readonly running: boolean
  signal(name: NodeJS.Signals): void
  /** The exit code, or the signal that ended it. Rejects with its last words when it still runs after `patience` milliseconds. */
  ended(patience?: number): Promise<number | NodeJS.Signals>
  /** All that it wrote to stderr and stdout so far. */
  words(): string
  /** The lines of its log, of this event or of all. */
  said(event?: string): LogLine[]
}

export interface Home {
  readonly path: string
  /** The folder whose `*.log` are the default input. */
  readonly logs: string
  readonly config: string
  /** Writes config.ini anew. */
  configure(settings: Settings): void
  start(...args: string[]): Agent
  /** The same by way of another program, which gets the agent's command line as its last arguments. */
  startBy(command: readonly string[], ...args: string[]): Agent
  /** Another command than `run`, with the same configuration. */
  command(...args: string[]): Agent
}

/** Sections of config.ini; they replace or add to single keys of what `homeOf` was given. */
export type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** A temp folder with `logs`, `state` and config.ini; all in it ends with the test. */
export function homeOf(t: Pick<TestContext, 'after'>, settings: Settings): Home {
  if (!existsSync(program)) throw new Error(`there is no ${program}\nhint: npm run build`)
  const folder = guardedFolder('pannier-process-')
  t.after(() => folder.remove())
  const logs = join(folder.path, 'logs')
  const config = join(folder.path, 'config.ini')
  mkdirSync(logs)
  const basic: Settings = {
    basic_conf: { inputpath: `${logs}/*.log`, interval: '200ms', state_dir: join(folder.path, 'state') },
  }
  const configure = (more: Settings): void => writeFileSync(config, iniText(merged(merged(basic, settings), more)))
  configure({})
  let runs = 0
  const launch = (words: readonly string[]): Agent => {
    const name = `agent-${++runs}`
    const [first = '', ...rest] = words
    return agentOf(folder.run(name, first, rest), join(folder.path, `${name}.log`))
  }
  const startBy = (command: readonly string[], ...args: string[]): Agent =>
    launch([...command, process.execPath, program, 'run', '--config', config, ...args])
  const start = (...args: string[]): Agent => startBy([], ...args)
  const command = (...args: string[]): Agent => launch([process.execPath, program, ...args, '--config', config])
  return { path: folder.path, logs, config, configure, startBy, start, command }
}

function agentOf(child: ChildProcess, log: string): Agent {
  const words = (): string => readFileSync(log, 'utf8')
  return {
    pid: child.pid as number,
    get running() {
      return !hasExited(child)
    },
    signal: (name) => void child.kill(name),
    async ended(patience = 30_000) {
      let late = false
      const tooLong = setTimeout(() => {
        late = true
        child.kill('SIGKILL')
      }, patience)
      await endOf(child, () => {})
      clearTimeout(tooLong)
      if (late) throw new Error(`the agent did not end within ${patience} ms; its last words:\n${lastLines(words())}`)
      return child.exitCode ?? (child.signalCode as NodeJS.Signals)
    },
    words,
    said: (event) => logLines(words()).filter((line) => event === undefined || line.event === event),
  }
}

function logLines(text: string): LogLine[] {
  // What follows the last newline is still being written.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine)
}

function merged(before: Settings, after: Settings): Settings {
  const all: Record<string, Readonly<Record<string, string>>> = { ...before }
  for (const [section, keys] of Object.entries(after)) all[section] = { ...all[section], ...keys }
  return all
}

function iniText(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, keys]) => [`[${name}]`, ...Object.entries(keys).map((pair) => pair.join(' = ')), ''].join('\n'))
    .join('\n')
}
