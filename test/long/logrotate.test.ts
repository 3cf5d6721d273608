// Real logrotate rotates again and again under the real agent and a steady writer; the broker's topic is judged line by line.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { withTopic } from '../kafka/broker.ts'
import { homeOf } from '../process/agent.ts'
import { expectOnce, untilMoreThan } from '../process/expect.ts'
import { startLoad } from '../process/load.ts'
import { logrotateFor, whyNoLogrotate } from '../process/logrotate.ts'
import { generator } from './random.ts'

const skip = await whyNoLogrotate()
const seed = Number(process.env['PANNIER_SEED'] ?? randomInt(2 ** 31))
const rotations = Number(process.env['PANNIER_ROTATIONS'] ?? 6)
const interval = 200
/** Names made of seconds would meet in one second. */
const secondsApart = ['dateext', 'dateformat -%Y%m%d-%s']

const settings: readonly (readonly string[])[] = [
  ['create'],
  ['create', 'compress'],
  ['create', 'compress', 'delaycompress'],
  ['create', ...secondsApart],
  ['create', ...secondsApart, 'compress'],
  ['create', ...secondsApart, 'compress', 'delaycompress'],
  ['create', 'olddir archive', 'createolddir'],
  ['create', 'olddir archive', 'createolddir', 'compress', 'delaycompress'],
]

for (const directives of settings) {
  for (const glob of ['*.log', '*.log*']) {
    test(
      `logrotate with ${directives.join(', ')} under a steady writer: with ${glob} each line comes once and in order`,
      {
        skip,
      },
      (t) => rotateUnder(t, directives, glob),
    )
  }
}

/** Milliseconds from one rotation to the next. */
const apartFor = (directives: readonly string[]): number => (directives.includes('dateext') ? 1000 : 3 * interval)

async function rotateUnder(t: TestContext, directives: readonly string[], glob: string): Promise<void> {
  t.diagnostic(`seed ${seed} (PANNIER_SEED)`)
  const random = generator(seed)
  // One partition, so that the order of all files is one order.
  const target = await withTopic(t)
  const { brokers, topic } = target
  const home = homeOf(t, { kafka_conf: { brokers: brokers.join(','), topic } })
  home.configure({ basic_conf: { inputpath: join(home.logs, glob), interval: `${interval}ms` } })
  const load = startLoad(t, home.logs, 8000)
  const writers = Object.values(load.writers)
  const logrotate = logrotateFor({
    folder: home.path,
    pattern: join(home.logs, '*.log'),
    directives,
    reopen: () => writers.forEach((writer) => writer.reopen()),
  })
  const agent = home.start()
  // What is rotated away before its very first start is nobody's.
  await untilMoreThan(writers.length - 1, target, agent)
  const apart = apartFor(directives)
  for (let i = 0; i < rotations; i++) {
    await delay(apart + random() ** 2 * 4 * interval)
    await logrotate.rotate()
  }
  await delay(random() * 2 * interval)
  const all = load.stop()
  const ended = performance.now()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(60_000), 0, agent.words())
  const left = Math.round(performance.now() - ended)
  const files = readdirSync(home.logs, { recursive: true }).length
  const lines = Object.values(all).reduce((sum, one) => sum + one, 0)
  t.diagnostic(`${lines} lines in ${files} files after ${rotations} rotations; left after ${left} ms`)
  await expectOnce(target, all)
}
