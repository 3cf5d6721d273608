// Real logrotate rotates again and again under the real agent and a steady writer; the broker's topic is judged line by line.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { verdict } from '../../tools/oracle/verdict.ts'
import { withTopic } from '../kafka/broker.ts'
import { homeOf } from '../process/agent.ts'
import { untilMoreThan } from '../process/expect.ts'
import { startLoad } from '../process/load.ts'
import { logrotateFor, whyNoLogrotate } from '../process/logrotate.ts'
import { until } from '../process/until.ts'
import { generator } from './random.ts'

const skip = await whyNoLogrotate()
const seed = Number(process.env['PANNIER_SEED'] ?? randomInt(2 ** 31))
const rotations = Number(process.env['PANNIER_ROTATIONS'] ?? 6)
const interval = 200
/** Names made of seconds would meet in one second. */
const secondsApart = ['dateext', 'dateformat -%Y%m%d-%s'] as const

const settings: readonly (readonly string[])[] = [
  ['create'],
  ['create', 'compress'],
  ['create', 'compress', 'delaycompress'],
  ['create', ...secondsApart],
  ['create', ...secondsApart, 'compress'],
  ['create', ...secondsApart, 'compress', 'delaycompress'],
  ['create', 'olddir archive', 'createolddir'],
  ['create', 'olddir archive', 'createolddir', 'compress', 'delaycompress'],
  ['copytruncate'],
  ['copytruncate', 'compress'],
  ['copytruncate', 'compress', 'delaycompress'],
  ['copytruncate', ...secondsApart],
  ['copytruncate', ...secondsApart, 'compress'],
  ['copytruncate', ...secondsApart, 'compress', 'delaycompress'],
]

for (const directives of settings) {
  const isDated = directives.includes(secondsApart[0])
  for (const glob of isDated ? ['*.log'] : ['*.log', '*.log*']) {
    const isCopied = directives.includes('copytruncate')
    // A name of its own is a path of its own, and what is compressed is looked into before it is read.
    const keepsOrder = glob === '*.log' && !directives.includes('compress')
    // What is written between its copy and its truncation logrotate throws away itself: nobody can read it any more.
    const writer = isCopied ? 'a writer that pauses while logrotate runs' : 'a steady writer'
    const what = `each line comes once${keepsOrder ? ' and in order' : ''}`
    test(`logrotate with ${directives.join(', ')} under ${writer}: with ${glob} ${what}`, { skip }, (t) =>
      rotateUnder(t, directives, glob, { pauses: isCopied, keepsOrder }),
    )
  }
}

/** Milliseconds from one rotation to the next. */
const apartFor = (directives: readonly string[]): number => (directives.includes('dateext') ? 1000 : 0)

/** What was born and moved into another folder between two rounds is not looked for there. */
const mustBeSeen = (directives: readonly string[]): boolean =>
  directives.some((directive) => directive.startsWith('olddir'))

async function rotateUnder(
  t: TestContext,
  directives: readonly string[],
  glob: string,
  { pauses, keepsOrder }: { readonly pauses: boolean; readonly keepsOrder: boolean },
): Promise<void> {
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
    // Where nothing is needed between them: often two within a round, seldom one for several rounds.
    await delay(apart + random() ** 2 * 4 * interval)
    if (mustBeSeen(directives))
      await until('all were seen', () => agent.said('file_born').length >= writers.length * (i + 1), 60_000)
    if (pauses) writers.forEach((writer) => writer.pause())
    await logrotate.rotate()
    writers.forEach((writer) => writer.resume())
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
  const { lost, duplicated, outOfOrder, unexpected, unreadable, exact, reports } = await verdict(brokers, topic, all)
  assert.deepEqual(
    { lost, duplicated, unexpected, unreadable, exact },
    { lost: 0, duplicated: 0, unexpected: 0, unreadable: 0, exact: true },
    JSON.stringify(reports),
  )
  if (keepsOrder) assert.equal(outOfOrder, 0)
}

test('copytruncate under a writer that does not pause loses at most what was written while logrotate ran, and nothing comes twice', {
  skip,
}, async (t) => {
  const target = await withTopic(t)
  const { brokers, topic } = target
  const home = homeOf(t, { kafka_conf: { brokers: brokers.join(','), topic } })
  const load = startLoad(t, home.logs, 60_000)
  const agent = home.start()
  await untilMoreThan(Object.keys(load.writers).length - 1, target, agent)
  const pattern = join(home.logs, '*.log')
  const logrotate = logrotateFor({ folder: home.path, pattern, directives: ['copytruncate'], reopen: () => {} })
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)
  let meanwhile = 0
  for (let i = 0; i < rotations; i++) {
    await delay(4 * interval)
    const before = sum(load.written())
    await logrotate.rotate()
    meanwhile += sum(load.written()) - before
  }
  await delay(interval)
  const all = load.stop()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(60_000), 0, agent.words())
  const { lost, duplicated, outOfOrder, unexpected } = await verdict(brokers, topic, all)
  t.diagnostic(`${lost} of ${sum(all)} lines lost in ${rotations} gaps; ${meanwhile} were written while logrotate ran`)
  assert.deepEqual({ duplicated, outOfOrder, unexpected }, { duplicated: 0, outOfOrder: 0, unexpected: 0 })
  assert.ok(lost <= meanwhile, `${lost} lines are lost`)
})
