/** The same cluster from the official image, where there is Docker but no Java. */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { guardedFolder } from './guarded-folder.ts'
import { kafkaVersion } from './jars.ts'
import { newClusterId } from './java-cluster.ts'
import { type Cluster, type KafkaNode, lastLines, type StartOptions, startTimeout } from './node.ts'
import { freePorts } from './ports.ts'
import { type NodeAddress, nodeProperties, portOf, type Settings } from './properties.ts'
import { untilReady } from './ready.ts'

const execute = promisify(execFile)
const image = `apache/kafka:${kafkaVersion}`
const docker = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await execute('docker', args)
  return (stdout + stderr).trim()
}

/** Says why there can be no broker of this kind here, or null. */
export async function dockerProblem(): Promise<string | null> {
  return docker('info').then(
    () => null,
    () => '`docker info` gets no answer',
  )
}

export async function startDocker(options: StartOptions): Promise<Cluster> {
  const cluster = `pannier-kafka-${randomBytes(4).toString('hex')}`
  const all = await addresses(cluster, options)
  const names = all.map(({ id }) => `${cluster}-${id}`)
  // The folder stays empty; its watchdog is what removes the containers, whatever becomes of this process.
  const guard = guardedFolder('pannier-kafka-', `docker rm -f -v ${names.join(' ')}; docker network rm ${cluster}`)
  try {
    await docker('network', 'create', cluster)
    const clusterId = newClusterId()
    const nodes = all.map((address) => dockerNode(cluster, address))
    for (const address of all) await create(cluster, clusterId, address, settingsOf(address, all, options))
    await Promise.all(nodes.map((node) => node.start()))
    return { brokers: all.map(({ client }) => client), nodes, kind: 'docker', stop: () => guard.remove() }
  } catch (error) {
    await guard.remove()
    throw error
  }
}

function settingsOf(address: NodeAddress, all: readonly NodeAddress[], options: StartOptions): Settings {
  const partitions = { 'num.partitions': String(options.partitionsDefault ?? 1) }
  return { ...nodeProperties(address, all, '/var/lib/kafka/data'), ...partitions, ...options.settings }
}

async function create(cluster: string, clusterId: string, address: NodeAddress, settings: Settings): Promise<void> {
  const name = `${cluster}-${address.id}`
  const variables = Object.entries(settings).flatMap(([key, value]) => ['-e', `${variableOf(key)}=${value}`])
  const ports = [address.client, ...(address.proxied ? [address.proxied.upstream] : [])].map(portOf)
  const publish = ['--network', cluster, ...ports.flatMap((port) => ['-p', `127.0.0.1:${port}:${port}`])]
  await docker('create', '--name', name, ...publish, '-e', `CLUSTER_ID=${clusterId}`, ...variables, image)
}

/** The image's spelling: https://github.com/apache/kafka/blob/trunk/docker/examples/README.md */
export function variableOf(key: string): string {
  return `KAFKA_${key.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`
}

function dockerNode(cluster: string, address: NodeAddress): KafkaNode {
  const name = `${cluster}-${address.id}`
  let pid: number | null = null
  let words = ''
  const look = async (): Promise<void> => {
    pid = Number(await docker('inspect', '-f', '{{.State.Pid}}', name)) || null
    words = pid ? words : lastLines(await docker('logs', '--tail', '20', name))
  }
  return {
    id: address.id,
    address: address.client,
    proxied: address.proxied ?? null,
    get pid() {
      return pid
    },
    async start() {
      await docker('start', name)
      await look()
      const wait = { timeout: startTimeout, gaveUp: () => (pid ? null : 'its container ended'), lastWords: () => words }
      await untilReady(address.client, [address.id], wait)
    },
    async kill(signal) {
      await docker('kill', '--signal', signal, name)
      if (signal === 'SIGKILL') await docker('wait', name)
      await look()
    },
    async stop() {
      await docker('stop', '-t', '20', name)
      await look()
    },
  }
}

async function addresses(cluster: string, { nodes = 1, proxied = false }: StartOptions): Promise<NodeAddress[]> {
  const ports = await freePorts(nodes * 3)
  const next = (): string => `127.0.0.1:${ports.pop()}`
  return Array.from({ length: nodes }, (_, index) => ({
    id: index + 1,
    bind: '0.0.0.0',
    client: next(),
    broker: `${cluster}-${index + 1}:9192`,
    controller: `${cluster}-${index + 1}:9193`,
    ...(proxied && { proxied: { upstream: next(), address: next() } }),
  }))
}
