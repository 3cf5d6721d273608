import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTopic } from '../../tools/kafka/admin.ts'
import { committedOffsets } from '../../tools/oracle/checkpoint.ts'
import { verdict } from '../../tools/oracle/verdict.ts'
import { type TestTopic, withTopic } from '../kafka/broker.ts'
import { type Kill, Repeats } from '../kill/repeats.ts'
import { type Home, homeOf } from '../process/agent.ts'
import { type Load, startLoad } from '../process/load.ts'
import { generator } from './random.ts'
import { secureBroker, USERS } from './secure/secure-broker.ts'

const kills = 20
/** Milliseconds from the start of the process; the shortest hit it before its first round. */
const soonest = 50
const latest = 3000
const rotateEvery = 3

test('20 kills at random moments under load lose nothing and repeat only what was not committed', async (t) => {
  const target = await withTopic(t, { partitions: 3 })
  await survives(t, target, { brokers: target.brokers.join(',') })
})

test('nor do 20 kills over TLS with a login', async (t) => {
  const broker = await secureBroker(t)
  await createTopic(broker.brokers, 'kills', { partitions: 3 })
  const [name, word] = USERS.scram
  const login = { sasl: 'scram-sha-512', sasl_username: name, sasl_password: word }
  const secured = { brokers: broker.address('SASL'), ssl: 'yes', ssl_ca: broker.ca.cert, ...login }
  await survives(t, { brokers: broker.brokers, topic: 'kills' }, secured)
})

/** @param settings how the agent comes to the topic */
async function survives(t: TestContext, target: TestTopic, settings: Readonly<Record<string, string>>): Promise<void> {
  const seed = Number(process.env['PANNIER_SEED'] ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed} (PANNIER_SEED)`)
  const { brokers, topic } = target
  // Short rounds, so that many a kill falls between an ack and its checkpoint.
  const home = homeOf(t, { basic_conf: { interval: '20ms' }, kafka_conf: { ...settings, topic } })
  const load = startLoad(t, home.logs)
  const done = await killAgain(home, load, generator(seed))
  const all = load.stop()
  const last = home.start('--once')
  assert.equal(await last.ended(120_000), 0, last.words())

  const repeats = new Repeats(done)
  const files = readdirSync(home.logs)
  const torn: string[] = []
  const found = await verdict(brokers, topic, all, {
    onMessage: (message, record) => repeats.see(message, record),
    ask: async (judge) => {
      for (const file of files) if ((await judge.identicalTo(join(home.logs, file))) === null) torn.push(file)
    },
  })
  const lines = Object.values(all).reduce((sum, one) => sum + one, 0)
  t.diagnostic(
    `${lines} lines in ${files.length} files, ${found.lost} lost, ${found.duplicated} came twice in ` +
      `${repeats.count} messages, ${repeats.unexplained.length} of them without a reason`,
  )
  assert.deepEqual(repeats.unexplained, [])
  assert.deepEqual(torn, [], 'files that cannot be rebuilt')
  const { lost, unexpected, unreadable, exact } = found
  assert.deepEqual({ lost, unexpected, unreadable, exact }, { lost: 0, unexpected: 0, unreadable: 0, exact: true })
}

async function killAgain(home: Home, load: Load, random: () => number): Promise<Kill[]> {
  const done: Kill[] = []
  let rotations = 0
  const rotate = (): void => {
    const tags = Object.keys(load.writers)
    const tag = tags[Math.floor(random() * tags.length)] ?? ''
    load.writers[tag]?.rotate(join(home.logs, `${tag}.log.${++rotations}`))
  }
  for (let round = 1; round <= kills; round++) {
    const agent = home.start()
    const life = soonest + random() * (latest - soonest)
    const turns = round % rotateEvery === 0
    await delay(turns ? life / 2 : life)
    // By turns under its eyes and while it is down.
    const isSeen = round % (2 * rotateEvery) === 0
    if (turns && isSeen) rotate()
    if (turns) await delay(life / 2)
    agent.signal('SIGKILL')
    assert.equal(await agent.ended(), 'SIGKILL', agent.words())
    done.push({ at: Date.now(), committed: committedOffsets(join(home.path, 'state')) })
    if (turns && !isSeen) rotate()
  }
  return done
}
