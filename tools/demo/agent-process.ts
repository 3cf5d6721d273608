/** Pannier itself, as a process that the demo starts, kills and asks to leave. */

import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endOf, type GuardedFolder, hasExited } from '../kafka/guarded-folder.ts'
import { lastLines } from '../kafka/node.ts'

export interface AgentProcess {
  start(): void
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code, null when the deadline has passed. */
  leave(deadline: number): Promise<number | null>
  /** The last of what all its runs said. */
  lastWords(): string
}

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export function agentProcess(folder: GuardedFolder, config: string): AgentProcess {
  if (!existsSync(program)) throw new Error(`there is no ${program}\nhint: npm run build`)
  const file = join(folder.path, 'config.ini')
  writeFileSync(file, config)
  let child: ChildProcess | null = null
  return {
    start() {
      child = folder.run('agent', process.execPath, [program, 'run', '--config', file])
    },
    async kill() {
      const target = child
      if (target && !hasExited(target)) await endOf(target, () => target.kill('SIGKILL'))
    },
    leave: (deadline) => (child ? leave(child, deadline) : Promise.resolve(null)),
    lastWords: () => lastLines(readFileSync(join(folder.path, 'agent.log'), 'utf8')),
  }
}

async function leave(child: ChildProcess, deadline: number): Promise<number | null> {
  const tooLate = setTimeout(() => child.kill('SIGKILL'), deadline)
  await endOf(child, () => child.kill('SIGTERM'))
  clearTimeout(tooLate)
  return child.exitCode
}

export function demoConfig(folder: string, logs: string, brokers: readonly string[], topic: string): string {
  return `[basic_conf]
inputpath = ${logs}/*.log
interval = 500ms
state_dir = ${folder}/state

[kafka_conf]
brokers = ${brokers.join(',')}
topic = ${topic}
`
}
