/** Two cases that users know from other shippers: a kill in a large backlog, and a stop while Kafka is away. */

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createTopic, deleteTopic } from '../../tools/kafka/admin.ts'
import type { Cluster } from '../../tools/kafka/node.ts'
import { verdict } from '../../tools/oracle/verdict.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { type Home, homeOf } from '../process/agent.ts'
import { messagesIn } from '../process/expect.ts'
import { until } from '../process/until.ts'
import { untilWhole } from './brokers.ts'
import type { ExtraReport } from './page.ts'

const tags = ['a', 'b', 'c', 'd']
const patience = 180_000

interface Given {
  readonly home: Home
  readonly cluster: Cluster
  readonly topic: string
  write(lines: number): void
}

/** SIGKILL in a backlog of `lines` lines once a part has come, then a restart. */
export async function killInBacklog(cluster: Cluster, lines: number, part: number): Promise<ExtraReport> {
  const title = `SIGKILL in a backlog of ${lines} lines, then restart`
  return withHome(cluster, title, async ({ home, topic, write }) => {
    write(lines)
    const agent = home.start()
    // A message holds some 5,000 lines at most.
    const messages = Math.ceil((lines / 5000) * part)
    await until(
      'a part has come',
      async () => (await messagesIn({ brokers: cluster.brokers, topic })) >= messages,
      patience,
    )
    agent.signal('SIGKILL')
    const end = await agent.ended()
    return [...(end === 'SIGKILL' ? [] : [`it had ended with ${end} before`]), ...(await shipTheRest(home))]
  })
}

/** SIGTERM while no broker is there, then all come back and the agent is started again. */
export async function stopWithoutBroker(cluster: Cluster, lines: number): Promise<ExtraReport> {
  const title = `SIGTERM while Kafka is down, ${lines} lines, then restart`
  return withHome(cluster, title, async ({ home, topic, write }) => {
    write(lines / 2)
    const agent = home.start()
    await until('some have come', async () => (await messagesIn({ brokers: cluster.brokers, topic })) > 0, patience)
    await Promise.all(cluster.nodes.map((node) => node.kill('SIGKILL')))
    write(lines / 2)
    await delay(3000)
    agent.signal('SIGTERM')
    const end = await agent.ended()
    await Promise.all(cluster.nodes.map((node) => node.start()))
    await untilWhole({ cluster, topics: [topic] })
    return [
      ...(end === 1 ? [] : [`it left with ${end}, not with 1, though lines were left`]),
      ...(await shipTheRest(home)),
    ]
  })
}

async function shipTheRest(home: Home): Promise<string[]> {
  const end = await home.start('--once').ended(patience)
  return end === 0 ? [] : [`the last run ended with ${end}`]
}

async function withHome(
  cluster: Cluster,
  title: string,
  run: (given: Given) => Promise<readonly string[]>,
): Promise<ExtraReport> {
  const cleaning: (() => unknown)[] = []
  const topic = `extra-${Date.now()}`
  await createTopic(cluster.brokers, topic, { partitions: 3 })
  try {
    await untilWhole({ cluster, topics: [topic] })
    const home = homeOf(
      { after: (clean: () => unknown) => void cleaning.push(clean) },
      {
        kafka_conf: { brokers: cluster.brokers.join(','), topic, request_timeout: '5s' },
        shutdown_conf: { shutdown_timeout: '5s' },
      },
    )
    let written = 0
    const write = (lines: number): void => {
      const count = lines / tags.length
      for (const tag of tags) writeLines({ path: join(home.logs, `${tag}.log`), tag, from: written, count })
      written += count
    }
    const faults = await run({ home, cluster, topic, write })
    const expected = Object.fromEntries(tags.map((tag) => [tag, written]))
    const { lost, duplicated, exact } = await verdict(cluster.brokers, topic, expected)
    const wrong = lost > 0 || !exact ? [`${lost} lines lost, exact: ${exact}`] : []
    return { title, runs: 1, lines: written * tags.length, lost, duplicated, faults: [...faults, ...wrong] }
  } finally {
    for (const clean of cleaning) await clean()
    await deleteTopic(cluster.brokers, topic).catch(() => {})
  }
}

/** One report for several runs of the same. */
export function together(reports: readonly ExtraReport[]): ExtraReport {
  const sum = (count: (report: ExtraReport) => number): number => reports.reduce((all, one) => all + count(one), 0)
  return {
    title: reports[0]?.title ?? '',
    runs: sum(({ runs }) => runs),
    lines: sum(({ lines }) => lines),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    faults: reports.flatMap(({ faults }) => faults),
  }
}
