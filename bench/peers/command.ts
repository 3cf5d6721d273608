/** Starts a peer's program in the folder of its run, with its words in a file there. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { absent, type Job } from './peer.ts'

export interface Command {
  readonly start: () => ChildProcess
  /** Where its output goes. */
  readonly log: string
}

export function runIn({ folder }: Job, program: string, args: readonly string[]): Command {
  const log = join(folder, 'output.log')
  const start = (): ChildProcess => {
    const out = openSync(log, 'a')
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', out, out] })
    closeSync(out)
    return child
  }
  return { start, log }
}

/** What a program says of itself on stdout and stderr. */
export async function wordsOf(program: string, ...args: string[]): Promise<string> {
  const found = await promisify(execFile)(program, args).catch(() => null)
  return found === null ? absent(`no \`${program}\` on the PATH`) : found.stdout + found.stderr
}
