/** The rows of the kill matrix: what happens to Kafka while agents are killed. */

import { setTimeout as delay } from 'node:timers/promises'
import { topicPartitions } from '../../tools/kafka/admin.ts'
import type { Cluster, KafkaNode } from '../../tools/kafka/node.ts'
import type { Toxiproxy } from '../../tools/toxiproxy/toxiproxy.ts'
import { until } from '../process/until.ts'

/** Milliseconds since 1970. */
export interface Fault {
  readonly from: number
  readonly to: number
}

export interface Stage {
  readonly cluster: Cluster
  /** For rows with `proxied`. */
  readonly toxiproxy: Toxiproxy | null
  readonly topics: readonly string[]
  readonly random: () => number
  /** Milliseconds left until the row is to end. */
  readonly left: () => number
  /** Runs what harms the brokers; by the time that it resolves they are whole again. */
  readonly fault: (harm: () => Promise<void>) => Promise<void>
}

export interface BrokerEvent {
  readonly title: string
  /** By default. */
  readonly seconds: number
  /** Clients connect through proxies. */
  readonly proxied?: boolean
  readonly run: (stage: Stage) => Promise<void>
}

const patience = 120_000
const settle = 5000

async function again(stage: Stage, needs: number, once: () => Promise<void>): Promise<void> {
  do {
    await delay(settle)
    await once()
  } while (stage.left() > needs)
  await delay(Math.max(settle, stage.left()))
}

const leaderKilled = (stage: Stage): Promise<void> =>
  again(stage, 25_000, async () => {
    const node = await aLeader(stage)
    await stage.fault(async () => {
      await node.kill('SIGKILL')
      await delay(8000)
      await node.start()
    })
    await untilWhole(stage)
  })

const rolling = (stage: Stage): Promise<void> =>
  again(stage, 45_000, async () => {
    for (const node of stage.cluster.nodes) {
      await stage.fault(async () => {
        await node.stop()
        await node.start()
      })
      await untilWhole(stage)
    }
  })

const frozen = (stage: Stage): Promise<void> =>
  again(stage, 35_000, async () => {
    const node = await aLeader(stage)
    await stage.fault(async () => {
      await node.kill('SIGSTOP')
      await delay(20_000)
      await node.kill('SIGCONT')
    })
    await untilWhole(stage)
  })

const allDown =
  (seconds: number) =>
  (stage: Stage): Promise<void> =>
    again(stage, Number.POSITIVE_INFINITY, async () => {
      const { nodes } = stage.cluster
      await stage.fault(async () => {
        await Promise.all(nodes.map((node) => node.kill('SIGKILL')))
        await delay(seconds * 1000)
        await Promise.all(nodes.map((node) => node.start()))
      })
      await untilWhole(stage)
    })

async function cut(stage: Stage): Promise<void> {
  const { proxies } = proxiesOf(stage)
  while (stage.left() > settle) {
    await delay(500 + stage.random() * 2500)
    const one = proxies[Math.floor(stage.random() * proxies.length)]
    const chosen = stage.random() < 0.3 || !one ? proxies : [one]
    await stage.fault(async () => {
      await Promise.all(chosen.map((proxy) => proxy.close()))
      await delay(stage.random() * 500)
      await Promise.all(chosen.map((proxy) => proxy.open()))
    })
  }
  await delay(settle)
}

const slowed =
  (type: 'latency' | 'bandwidth', attributes: Readonly<Record<string, number>>) =>
  async (stage: Stage): Promise<void> => {
    const { proxies } = proxiesOf(stage)
    await delay(settle)
    // No fault that one recovers from: acks go on to come, later.
    for (const proxy of proxies)
      for (const stream of ['upstream', 'downstream'] as const) await proxy.add({ type, stream, attributes })
    await delay(Math.max(0, stage.left() - settle))
    for (const proxy of proxies) await proxy.heal()
    await delay(settle)
  }

export const brokerEvents = {
  none: { title: 'none', seconds: 60, run: ({ left }) => delay(left()) },
  'leader-killed': { title: 'leader killed (kill -9), restarted after 8 s', seconds: 90, run: leaderKilled },
  rolling: { title: 'rolling restart', seconds: 75, run: rolling },
  frozen: { title: 'leader frozen for 20 s (SIGSTOP)', seconds: 75, run: frozen },
  'all-down': { title: 'all three killed, back after a minute', seconds: 100, run: allDown(60) },
  cut: { title: 'connections cut every few seconds', seconds: 60, proxied: true, run: cut },
  delayed: {
    title: 'each way delayed by 100 to 500 ms',
    seconds: 60,
    proxied: true,
    run: slowed('latency', { latency: 300, jitter: 200 }),
  },
  throttled: {
    title: '100 kB/s for each connection',
    seconds: 60,
    proxied: true,
    run: slowed('bandwidth', { rate: 100 }),
  },
} as const satisfies Readonly<Record<string, BrokerEvent>>

export type BrokerEventName = keyof typeof brokerEvents
export const brokerEventOf = (name: BrokerEventName): BrokerEvent => brokerEvents[name]

function proxiesOf({ toxiproxy }: Stage): Toxiproxy {
  if (toxiproxy === null) throw new Error('there is no proxy')
  return toxiproxy
}

/** The node that leads most partitions of the topics. */
async function aLeader({ cluster, topics }: Stage): Promise<KafkaNode> {
  const all = await Promise.all(topics.map((topic) => topicPartitions(cluster.brokers, topic)))
  const leads = (node: KafkaNode): number => all.flat().filter(({ leader }) => leader === node.id).length
  const most = cluster.nodes.toSorted((a, b) => leads(b) - leads(a))[0]
  if (!most) throw new Error('a cluster without nodes')
  return most
}

/** Resolves when every partition has a leader and all three copies. */
export async function untilWhole({ cluster, topics }: Pick<Stage, 'cluster' | 'topics'>): Promise<void> {
  const isWhole = async (topic: string): Promise<boolean> => {
    const all = await topicPartitions(cluster.brokers, topic).catch(() => [])
    return all.length > 0 && all.every(({ inSync, leader }) => inSync.length === 3 && leader > 0)
  }
  for (const topic of topics) await until(`${topic} is whole`, () => isWhole(topic), patience)
}
