/** The jars of Apache Kafka: copied once from Maven's repository into a cache folder that all starters share. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const kafkaVersion = '4.3.0'

const run = promisify(execFile)
const pom = fileURLToPath(new URL('pom.xml', import.meta.url))

/** Returns the folder with the jars; rejects with Maven's last words when it cannot fill it. */
export async function kafkaJars(cache = defaultCache()): Promise<string> {
  const folder = join(cache, `kafka-${kafkaVersion}`)
  if (!existsSync(folder)) await fill(folder)
  return folder
}

function defaultCache(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pannier')
}

async function fill(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const filling = await mkdtemp(`${folder}.`)
  try {
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${filling}`])
    await rename(filling, folder)
  } catch (error) {
    // Another starter may have been faster; then its folder is as good.
    if (!existsSync(folder)) throw mavenFailed(error)
  } finally {
    await rm(filling, { recursive: true, force: true })
  }
}

function mavenFailed(error: unknown): Error {
  const output = error instanceof Error && 'stdout' in error ? String(error.stdout).trim() : ''
  const words = output.split('\n').slice(0, 5).join('\n') || String(error)
  return new Error(`Maven could not fetch Kafka ${kafkaVersion}: ${words}`, { cause: error })
}
