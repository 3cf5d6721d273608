/** `npm run demo`: four logs, a rotation and two kills, then the proof from what a consumer reads back. */

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { guardTimers } from '../../src/kafka/timer-guard.ts'
import { createTopic, deleteTopic } from '../kafka/admin.ts'
import { type GuardedFolder, guardedFolder } from '../kafka/guarded-folder.ts'
import { startKafka } from '../kafka/start-kafka.ts'
import { readTopic } from '../oracle/read-topic.ts'
import { type AgentProcess, agentProcess, demoConfig } from './agent-process.ts'
import { isProven, type ProofRow, proofTable, prove } from './proof.ts'
import { type Source, startApplications } from './sources.ts'

const begun = performance.now()
const say = (text: string): void =>
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${text}`)
const exitDeadline = 30_000

guardTimers()
process.exitCode = await demo().catch((error: Error) => {
  console.error(error.message)
  return 1
})

async function demo(): Promise<number> {
  say('starting Kafka (the first time its jars are fetched, which takes a little longer)')
  const cluster = await startKafka()
  const folder = guardedFolder('pannier-demo-')
  const topic = `pannier-demo-${process.pid}-${Date.now()}`
  try {
    await createTopic(cluster.brokers, topic, { partitions: 3 })
    say(`Kafka at ${cluster.brokers.join(',')} (${cluster.kind}), topic ${topic} with 3 partitions`)
    return await shipAndProve(cluster.brokers, topic, folder)
  } finally {
    if (cluster.kind === 'given') await deleteTopic(cluster.brokers, topic)
    await folder.remove()
    await cluster.stop()
  }
}

async function shipAndProve(brokers: readonly string[], topic: string, folder: GuardedFolder): Promise<number> {
  const logs = join(folder.path, 'logs')
  const agent = agentProcess(folder, demoConfig(folder.path, logs, brokers, topic))
  const { sources, code } = await ship(agent, logs)
  say('reading the topic back and rebuilding the files from it')
  const rows = await prove(readTopic(brokers, topic), sources)
  console.log(`\n${proofTable(rows)}\n`)
  if (code === 0 && isProven(rows)) {
    say(summary(rows))
    return 0
  }
  say(`FAILED; the agent ended with ${code}, and this was the last it said:\n${agent.lastWords()}`)
  return 1
}

/** Returns when the agent has left. */
async function ship(agent: AgentProcess, logs: string): Promise<{ sources: readonly Source[]; code: number | null }> {
  const applications = startApplications(logs)
  try {
    agent.start()
    say('four applications write 5,000 lines a second each; Pannier ships')
    await delay(3000)
    await killAndRestart(agent)
    await delay(2000)
    applications.rotate()
    say('renamed orders.log to orders.log.1; its application goes on in a new orders.log')
    await delay(2000)
    await killAndRestart(agent)
    await delay(3000)
  } finally {
    applications.stop()
  }
  say('the applications have stopped; SIGTERM to Pannier')
  const code = await agent.leave(exitDeadline)
  say(`Pannier left with ${code === null ? `no exit code in ${exitDeadline / 1000} s` : `exit code ${code}`}`)
  return { sources: applications.sources, code }
}

async function killAndRestart(agent: AgentProcess): Promise<void> {
  await agent.kill()
  agent.start()
  say('SIGKILL to Pannier, and started again')
}

function summary(rows: readonly ProofRow[]): string {
  const sum = (count: (row: ProofRow) => number): number => rows.reduce((total, row) => total + count(row), 0)
  const written = sum(({ expected }) => expected).toLocaleString('en')
  return `proven: ${written} lines written, none lost; ${sum(({ duplicated }) => duplicated)} copies more, known by their ranges`
}
