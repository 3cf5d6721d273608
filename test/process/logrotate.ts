/** Real logrotate with a configuration and a state file of its own, made to rotate again and again as cron would once a day. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/** The reason for which there is no logrotate here; false where there is one. */
export async function whyNoLogrotate(): Promise<string | false> {
  const child = spawn('logrotate', ['--version'], { stdio: 'ignore' })
  return new Promise((resolve) => {
    child.once('error', () => resolve('there is no logrotate here; on Debian and Ubuntu: apt-get install logrotate'))
    child.once('exit', () => resolve(false))
  })
}

export interface LogrotateOptions {
  /** Where its configuration and its state go. */
  readonly folder: string
  /** What it rotates, as its configuration names it. */
  readonly pattern: string
  readonly directives: readonly string[]
  /** What `postrotate` does: logrotate waits for it before it compresses. */
  readonly reopen: () => void
}

export interface Logrotate {
  /** Rejects with what it said when it did not rotate. */
  rotate(): Promise<void>
}

export function logrotateFor({ folder, pattern, directives, reopen }: LogrotateOptions): Logrotate {
  const home = join(folder, 'logrotate')
  mkdirSync(home)
  const config = join(home, 'logrotate.conf')
  const told = join(home, 'told')
  // As `kill -HUP` does for an application, but that it waits until it was heard.
  const script = ['postrotate', `touch ${told}; while [ -e ${told} ]; do sleep 0.01; done`, 'endscript']
  const block = ['rotate 1000', 'sharedscripts', ...directives, ...script].map((line) => `  ${line}\n`)
  writeFileSync(config, `${pattern} {\n${block.join('')}}\n`, { mode: 0o600 })
  const hear = (): void => {
    if (!existsSync(told)) return
    reopen()
    rmSync(told)
  }
  return {
    async rotate() {
      const child = spawn('logrotate', ['--force', '--state', join(home, 'state'), config])
      const listening = new AbortController()
      void listen(hear, listening.signal)
      const [[code], words] = await Promise.all([once(child, 'exit'), text(child.stderr)])
      listening.abort()
      if (code !== 0 || words !== '') throw new Error(`logrotate ended with ${String(code)}: ${words}`)
    },
  }
}

async function listen(hear: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    hear()
    await delay(2)
  }
}
