/** The broker's settings for a cluster that is started, mistreated and thrown away. */

export interface NodeAddress {
  readonly id: number
  /** Where a listener binds, clients connect, other brokers connect, and the quorum's voters are found. */
  readonly bind: string
  readonly client: string
  readonly broker: string
  readonly controller: string
  readonly proxied?: ProxiedListener
  readonly further?: Listeners
}

/** Listeners beside the plain one: by name, with the security protocol of each (`SSL`, `SASL_PLAINTEXT`, `SASL_SSL`). */
export type Listeners = Readonly<Record<string, { readonly protocol: string; readonly address: string }>>

/** A second listener for clients, for which the node advertises the address of a proxy that the caller puts before it. */
export interface ProxiedListener {
  /** Where the node listens. */
  readonly upstream: string
  /** Where clients are told to connect, and the proxy is to listen. */
  readonly address: string
}

export type Settings = Readonly<Record<string, string>>

export function nodeProperties(node: NodeAddress, all: readonly NodeAddress[], dataDir: string): Settings {
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': all.map(({ id, controller }) => `${id}@${controller}`).join(','),
    ...listeners(node),
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDir,
    ...replication(all.length),
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    // A killed broker's successor is let in only when its session is over; the default of 9 s makes every restart wait.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // The cleaner's default of 128 MiB is a quarter of the small heap that we give.
    'log.cleaner.dedupe.buffer.size': '16777216',
  }
}

function listeners({ bind, client, broker, controller, proxied, further = {} }: NodeAddress): Settings {
  const bound = [`CLIENT://${bind}:${portOf(client)}`, `BROKER://${bind}:${portOf(broker)}`]
  const advertised = [`CLIENT://${client}`, `BROKER://${broker}`]
  if (proxied) {
    bound.push(`PROXIED://${bind}:${portOf(proxied.upstream)}`)
    advertised.push(`PROXIED://${proxied.address}`)
  }
  const protocols = ['CLIENT', 'BROKER', 'PROXIED', 'CONTROLLER'].map((name) => `${name}:PLAINTEXT`)
  for (const [name, { protocol, address }] of Object.entries(further)) {
    bound.push(`${name}://${bind}:${portOf(address)}`)
    advertised.push(`${name}://${address}`)
    protocols.push(`${name}:${protocol}`)
  }
  return {
    listeners: [...bound, `CONTROLLER://${bind}:${portOf(controller)}`].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': protocols.join(','),
  }
}

export function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1)
}

/** Few partitions in the internal topics: fifty cost seconds at the first consumer and at every restart. */
function replication(nodes: number): Settings {
  const copies = String(nodes)
  const inSync = nodes > 1 ? '2' : '1'
  return {
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '3',
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '3',
  }
}

export function propertiesText(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
