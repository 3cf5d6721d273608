/** A broker as a Java process in a guarded folder. */

import { type ChildProcess, execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { endOf, type GuardedFolder, hasExited } from './guarded-folder.ts'
import { type KafkaNode, lastLines, startTimeout } from './node.ts'
import { type NodeAddress, propertiesText, type Settings } from './properties.ts'
import { untilReady } from './ready.ts'

export interface JavaSetup {
  readonly folder: GuardedFolder
  readonly jars: string
  readonly clusterId: string
  readonly heap: string
  /** Further flags of the JVM. */
  readonly flags: readonly string[]
  /** Further arguments of the formatting. */
  readonly format: readonly string[]
}

const execute = promisify(execFile)
/** For a JVM that ends before compiling well or collecting in parallel pays. */
const brief = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** Writes the node's properties, formats its storage and returns it, not yet started. */
export async function javaNode(setup: JavaSetup, address: NodeAddress, settings: Settings): Promise<KafkaNode> {
  const name = `node-${address.id}`
  const file = join(setup.folder.path, `${name}.properties`)
  const classpath = join(setup.jars, '*')
  await writeFile(file, propertiesText(settings))
  const format = ['kafka.tools.StorageTool', 'format', '-t', setup.clusterId, '-c', file, ...setup.format]
  await execute('java', [...brief, ...setup.flags, '-cp', classpath, ...format])

  let child: ChildProcess | null = null
  const running = (): ChildProcess | null => (child && !hasExited(child) ? child : null)
  return {
    id: address.id,
    address: address.client,
    proxied: address.proxied ?? null,
    get pid() {
      return running()?.pid ?? null
    },
    async start() {
      if (!running()) child = setup.folder.run(name, 'java', javaArguments(setup, classpath, file))
      await untilReady(address.client, [address.id], {
        timeout: startTimeout,
        gaveUp: () => (running() ? null : `its process ended with ${child?.exitCode ?? child?.signalCode}`),
        lastWords: () => lastWords(setup.folder, name),
      })
    },
    async kill(signal) {
      const target = running()
      if (target && signal === 'SIGKILL') await endOf(target, () => target.kill(signal))
      else target?.kill(signal)
    },
    async stop() {
      const target = running()
      if (target) await terminate(target)
    },
  }
}

function javaArguments({ heap, flags }: JavaSetup, classpath: string, file: string): string[] {
  const log = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true']
  return [`-Xmx${heap}`, '-XX:+UseSerialGC', ...flags, ...log, '-cp', classpath, 'kafka.Kafka', file]
}

async function terminate(child: ChildProcess): Promise<void> {
  const patience = new AbortController()
  const tooLate = delay(20_000, undefined, { signal: patience.signal, ref: false }).then(
    () => child.kill('SIGKILL'),
    () => false,
  )
  await endOf(child, () => child.kill('SIGTERM'))
  patience.abort()
  await tooLate
}

function lastWords(folder: GuardedFolder, name: string): string {
  const log = join(folder.path, `${name}.log`)
  return existsSync(log) ? lastLines(readFileSync(log, 'utf8')) : ''
}
