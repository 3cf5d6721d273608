/** Apache Kafka in KRaft mode as Java processes: the usual way to have a real broker for tests and the demo. */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { archiveFlags, type Rehearsal } from './class-archive.ts'
import { guardedFolder } from './guarded-folder.ts'
import { kafkaJars } from './jars.ts'
import { type JavaSetup, javaNode } from './java-node.ts'
import { type Cluster, type StartOptions, startTimeout } from './node.ts'
import { freePorts } from './ports.ts'
import { type NodeAddress, nodeProperties } from './properties.ts'
import { untilReady } from './ready.ts'

const execute = promisify(execFile)
const oldestJava = 17

/** Says why there can be no broker of this kind here, or null. */
export async function javaProblem(): Promise<string | null> {
  const version = await execute('java', ['-version']).catch(() => null)
  if (!version) return `no \`java\` on the PATH`
  const major = Number(/version "(?:1\.)?(\d+)/.exec(version.stderr)?.[1])
  if (major < oldestJava) return `\`java\` is version ${major}, and Kafka needs ${oldestJava}`
  return kafkaJars().then(
    () => null,
    (error: Error) => error.message,
  )
}

export async function startJava(options: StartOptions): Promise<Cluster> {
  const jars = await kafkaJars()
  return startCluster(jars, await archiveFlags(jars, rehearsal(jars)), options)
}

/** One that is started for nothing but its start. */
const rehearsal =
  (jars: string): Rehearsal =>
  async (flags) => {
    const cluster = await startCluster(jars, flags, {})
    try {
      for (const node of cluster.nodes) await node.stop()
    } finally {
      await cluster.stop()
    }
  }

async function startCluster(jars: string, flags: readonly string[], options: StartOptions): Promise<Cluster> {
  const folder = guardedFolder('pannier-kafka-')
  try {
    const heap = (options.nodes ?? 1) === 1 ? '1g' : '512m'
    const [format, further] = [options.format ?? [], options.flags ?? []]
    const setup = { folder, jars, clusterId: newClusterId(), heap, flags: [...flags, ...further], format }
    return await startNodes(setup, await addresses(options), options)
  } catch (error) {
    await folder.remove()
    throw error
  }
}

async function startNodes(setup: JavaSetup, all: NodeAddress[], options: StartOptions): Promise<Cluster> {
  const nodes = await Promise.all(
    all.map((address) => {
      const dataDir = join(setup.folder.path, `node-${address.id}`)
      const ours = nodeProperties(address, all, dataDir)
      const partitions = { 'num.partitions': String(options.partitionsDefault ?? 1) }
      return javaNode(setup, address, { ...ours, ...partitions, ...options.settings })
    }),
  )
  await Promise.all(nodes.map((node) => node.start()))
  const ids = nodes.map(({ id }) => id)
  for (const { address } of nodes) {
    await untilReady(address, ids, { timeout: startTimeout, gaveUp: () => null, lastWords: () => '' })
  }
  return {
    brokers: nodes.map(({ address }) => address),
    nodes,
    listeners: listenersOf(all),
    kind: 'java',
    stop: () => setup.folder.remove(),
  }
}

function listenersOf(all: readonly NodeAddress[]): Record<string, string[]> {
  const names = Object.keys(all[0]?.further ?? {})
  return Object.fromEntries(names.map((name) => [name, all.map(({ further }) => further?.[name]?.address ?? '')]))
}

async function addresses(options: StartOptions): Promise<NodeAddress[]> {
  const { nodes = 1, proxied = false, listeners = {}, host = '127.0.0.1' } = options
  const further = Object.entries(listeners)
  const ports = await freePorts(nodes * (5 + further.length))
  const next = (name = '127.0.0.1'): string => `${name}:${ports.pop()}`
  return Array.from({ length: nodes }, (_, index) => ({
    id: index + 1,
    bind: '127.0.0.1',
    client: next(),
    broker: next(),
    controller: next(),
    ...(proxied && { proxied: { upstream: next(), address: next() } }),
    further: Object.fromEntries(further.map(([name, protocol]) => [name, { protocol, address: next(host) }])),
  }))
}

/** Kafka's own form of an id; one that began with a dash would be read as an option. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A')
}
