// The configuration as every command reads it: file found, text read, all problems told at once.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { findConfigFile, loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { PannierError, readable } from '../support/errors.ts'
import type { Io } from './io.ts'

export type ReadConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** @param named the value of --config; rejects with CONFIG_FILE when there is no such file */
export async function readConfig(named: string | undefined, io: Io): Promise<ReadConfig> {
  const path = named === undefined ? findConfigFile(io.cwd) : resolve(io.cwd, named)
  if (path === null) {
    throw new PannierError('there is no ./config.ini and no /etc/pannier/config.ini', {
      code: 'CONFIG_FILE',
      hint: 'name one with --config, or write one with: pannier init',
    })
  }
  const loaded = loadConfig({ text: await textOf(path), path, env: io.env, host: io.host, cwd: io.cwd })
  if (!loaded.ok) return { ok: false, problems: loaded.problems.map((problem) => formatProblem(problem, path)) }
  return { ok: true, config: loaded.config, warnings: loaded.warnings.map((problem) => formatProblem(problem, path)) }
}

async function textOf(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path))
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8' : readable(error)
    throw new PannierError(`${path} cannot be read: ${reason}`, {
      code: 'CONFIG_FILE',
      hint: 'name another file with --config',
      cause: error,
    })
  }
}
