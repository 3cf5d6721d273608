import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaNode } from '../../tools/kafka/node.ts'
import { verdict } from '../../tools/oracle/verdict.ts'
import { type TestTopic, withTopic } from '../kafka/broker.ts'
import { type Agent, type Home, homeOf } from '../process/agent.ts'
import { untilMoreThan } from '../process/expect.ts'
import { type Load, startLoad } from '../process/load.ts'
import { ownBroker } from './own-broker.ts'
import { generator } from './random.ts'

const kills = Number(process.env['PANNIER_KILLS'] ?? 30)
const faults = Number(process.env['PANNIER_FAULTS'] ?? 4)
/** Milliseconds from the start of the process; the shortest hit it before its first transaction. */
const soonest = 50
const latest = 1500
const rotateEvery = 3

/** A broker that says nothing for longer than `request_timeout`: outcomes that nobody knows. Milliseconds. */
const requestTimeout = 1000
const silence = 2500

test('kills at random moments, each with the loss of the state folder, lose nothing and double nothing', async (t) => {
  const { home, load, random, judge } = await stage(t, await withTopic(t, { partitions: 3 }))
  await killAgain(home, load, random)
  await judge(`${kills} kills`)
})

test('a broker that is killed, or falls silent, under an agent that is killed too: nothing is lost or doubled', async (t) => {
  const { node, target } = await ownBroker(t, 'logs')
  const { home, load, random, judge } = await stage(t, target)
  for (let fault = 1; fault <= faults; fault++) {
    const agent = home.start()
    await untilMoreThan(0, target, agent)
    await delay(500 + random() * 1500)
    await (fault % 2 === 0 ? killBroker(node) : silenceBroker(node))
    await delay(500 + random() * 1500)
    assert.ok(agent.running, agent.words())
    await killOnce(agent, home, load, random, fault)
    rmSync(join(home.path, 'state'), { recursive: true, force: true })
  }
  await judge(`${faults} faults of the broker`)
})

async function killBroker(node: KafkaNode): Promise<void> {
  await node.kill('SIGKILL')
  await node.start()
}

async function silenceBroker({ pid }: KafkaNode): Promise<void> {
  process.kill(pid as number, 'SIGSTOP')
  await delay(silence)
  process.kill(pid as number, 'SIGCONT')
}

interface Stage {
  readonly home: Home
  readonly load: Load
  readonly random: () => number
  readonly judge: (what: string) => Promise<void>
}

async function stage(t: TestContext, { brokers, topic }: TestTopic): Promise<Stage> {
  const seed = Number(process.env['PANNIER_SEED'] ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed} (PANNIER_SEED)`)
  const exactly = { delivery: 'exactly_once', transactional_id: topic, request_timeout: `${requestTimeout}ms` }
  const home = homeOf(t, {
    basic_conf: { interval: '20ms' },
    kafka_conf: { brokers: brokers.join(','), topic, ...exactly },
  })
  const load = startLoad(t, home.logs, 8_000)
  // What is rotated away before the very first start is no file of ours.
  const first = home.start('--once')
  assert.equal(await first.ended(60_000), 0, first.words())
  const judge = (what: string): Promise<void> => judged(t, what, { brokers, topic }, home, load)
  return { home, load, random: generator(seed), judge }
}

async function judged(
  t: TestContext,
  what: string,
  { brokers, topic }: TestTopic,
  home: Home,
  load: Load,
): Promise<void> {
  const all = load.stop()
  rmSync(join(home.path, 'state'), { recursive: true, force: true })
  const last = home.start('--once')
  assert.equal(await last.ended(120_000), 0, last.words())
  const torn: string[] = []
  const files = readdirSync(home.logs)
  const found = await verdict(brokers, topic, all, {
    ask: async (judge) => {
      for (const file of files) if ((await judge.identicalTo(join(home.logs, file))) === null) torn.push(file)
    },
  })
  const lines = Object.values(all).reduce((sum, one) => sum + one, 0)
  const { lost, duplicated, outOfOrder, unexpected, unreadable } = found
  t.diagnostic(`${what}, ${lines} lines, ${lost} lost, ${duplicated} came twice, ${outOfOrder} out of order`)
  assert.deepEqual(torn, [], 'files that cannot be rebuilt')
  const sums = { lost, duplicated, outOfOrder, unexpected, unreadable }
  assert.deepEqual(sums, { lost: 0, duplicated: 0, outOfOrder: 0, unexpected: 0, unreadable: 0 })
}

async function killAgain(home: Home, load: Load, random: () => number): Promise<void> {
  for (let round = 1; round <= kills; round++) {
    rmSync(join(home.path, 'state'), { recursive: true, force: true })
    await killOnce(home.start(), home, load, random, round)
  }
}

let rotations = 0

/** Kills it after a while; in some rounds a file is rotated, by turns under its eyes and while it is down. */
async function killOnce(agent: Agent, home: Home, load: Load, random: () => number, round: number): Promise<void> {
  const rotate = (): void => {
    const tags = Object.keys(load.writers)
    const tag = tags[Math.floor(random() * tags.length)] ?? ''
    load.writers[tag]?.rotate(join(home.logs, `${tag}.log.${++rotations}`))
  }
  const life = soonest + random() * (latest - soonest)
  const turns = round % rotateEvery === 0
  await delay(turns ? life / 2 : life)
  const isSeen = round % (2 * rotateEvery) === 0
  if (turns && isSeen) rotate()
  if (turns) await delay(life / 2)
  agent.signal('SIGKILL')
  assert.equal(await agent.ended(), 'SIGKILL', agent.words())
  if (turns && !isSeen) rotate()
}
