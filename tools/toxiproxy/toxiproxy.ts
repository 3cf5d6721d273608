/** A proxy before Kafka that cuts, delays and throttles on demand: Shopify's toxiproxy, from the PATH or built once by Go. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { guardedFolder } from '../kafka/guarded-folder.ts'
import { freePorts } from '../kafka/ports.ts'
import { portOf } from '../kafka/properties.ts'

const version = 'v2.5.0'
const run = promisify(execFile)

/** https://github.com/Shopify/toxiproxy#toxics; `stream` is by default what the server sends. */
export interface Toxic {
  readonly type: 'latency' | 'bandwidth'
  readonly stream: 'upstream' | 'downstream'
  readonly attributes: Readonly<Record<string, number>>
}

export interface Proxy {
  /** Cuts all connections and takes no new ones. */
  close(): Promise<void>
  open(): Promise<void>
  add(toxic: Toxic): Promise<void>
  /** Open, and without toxics. */
  heal(): Promise<void>
}

export interface Toxiproxy {
  readonly proxies: readonly Proxy[]
  stop(): Promise<void>
}

export interface Route {
  /** `host:port` that clients connect to, and the one behind it. */
  readonly address: string
  readonly upstream: string
}

/** Says why there can be no proxy here, or null. */
export async function toxiproxyProblem(): Promise<string | null> {
  return binary().then(
    () => null,
    (error: Error) =>
      `there is no toxiproxy-server on the PATH, and none could be built: ${error.message.split('\n')[0]}`,
  )
}

export async function startToxiproxy(routes: readonly Route[]): Promise<Toxiproxy> {
  const program = await binary()
  const [port] = await freePorts(1)
  const api = `http://127.0.0.1:${port}`
  const folder = guardedFolder('pannier-toxiproxy-')
  try {
    folder.run('toxiproxy', program, ['-host', '127.0.0.1', '-port', String(port)])
    await untilItAnswers(api)
    const proxies: Proxy[] = []
    for (const route of routes) proxies.push(await addProxy(api, route))
    return { proxies, stop: () => folder.remove() }
  } catch (error) {
    await folder.remove()
    throw error
  }
}

async function addProxy(api: string, { address, upstream }: Route): Promise<Proxy> {
  const name = `p${portOf(address)}`
  const path = `/proxies/${name}`
  await call(api, 'POST', '/proxies', { name, listen: address, upstream, enabled: true })
  let toxics: string[] = []
  const open = (): Promise<void> => call(api, 'POST', path, { enabled: true })
  return {
    close: () => call(api, 'POST', path, { enabled: false }),
    open,
    async add({ type, stream, attributes }) {
      const toxic = `${type}-${stream}`
      await call(api, 'POST', `${path}/toxics`, { name: toxic, type, stream, attributes })
      toxics.push(toxic)
    },
    async heal() {
      for (const toxic of toxics) await call(api, 'DELETE', `${path}/toxics/${toxic}`)
      toxics = []
      await open()
    },
  }
}

async function call(api: string, method: string, path: string, body?: object): Promise<void> {
  const answer = await fetch(api + path, { method, ...(body && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${path}: ${answer.status} ${text}`)
}

async function untilItAnswers(api: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(`${api}/version`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await delay(50)
  }
  throw new Error(`toxiproxy at ${api} does not answer`)
}

async function binary(): Promise<string> {
  const onPath = await run('toxiproxy-server', ['-version']).then(
    () => true,
    () => false,
  )
  return onPath ? 'toxiproxy-server' : built()
}

async function built(): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'pannier', `toxiproxy-${version}`)
  // Its package is named cmd/server, and so is what Go makes of it.
  const program = join(folder, 'server')
  if (existsSync(program)) return program
  const env = { ...process.env, GOBIN: folder }
  await run('go', ['install', `github.com/Shopify/toxiproxy/v2/cmd/server@${version}`], { env })
  return program
}
