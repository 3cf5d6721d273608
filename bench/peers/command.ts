/** Starts a peer's program in the folder of its run, with its words in a file there. */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { absent, type Command, type Job } from './peer.ts'

export function runIn({ folder }: Job, program: string, args: readonly string[]): Command {
  return {
    start: () => folder.run('output', program, args),
    words: () => readFileSync(join(folder.path, 'output.log'), 'utf8'),
  }
}

/** What a program says of itself on stdout and stderr. */
export async function wordsOf(program: string, ...args: string[]): Promise<string> {
  const found = await promisify(execFile)(program, args).catch(() => null)
  return found === null ? absent(`no \`${program}\` on the PATH`) : found.stdout + found.stderr
}
