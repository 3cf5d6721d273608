// Law 5 at its edges: one line that is a hundred messages long, and a hundred thousand files at once. Figures: docs/memory.md.

import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lettersOf } from '../../src/dead/letters.ts'
import { LetterBox } from '../../src/state/dead-letter-box.ts'
import { lineBytes, lines } from '../../tools/oracle/lines.ts'
import { verdict } from '../../tools/oracle/verdict.ts'
import { type TestTopic, withTopic } from '../kafka/broker.ts'
import { type Home, homeOf } from '../process/agent.ts'
import { messagesIn } from '../process/expect.ts'
import { until } from '../process/until.ts'
import { watchCost } from './process-cost.ts'
import { streamed } from './streamed.ts'

/** MB, with the default `memory_limit`. */
const mostMemory = 100
const manyFiles = Number(process.env['PANNIER_FILES'] ?? 20_000)
const mostMemoryOfMany = mostMemory + (300 * manyFiles) / 100_000
const folders = 100
const patience = 600_000

const longLine = 100_000_000

test('a line of 100 MB travels in parts and is whole again, in 100 MB of memory', async (t) => {
  const { home, target } = await place(t, {})
  const path = join(home.logs, 'a.log')
  writeFileSync(path, lines('a', 0, 10))
  appendLongLine(path)
  writeFileSync(path, lines('a', 10, 10), { flag: 'a' })
  const agent = home.start('--once')
  const cost = watchCost(agent.pid)
  assert.equal(await agent.ended(patience), 0, agent.words())
  const { peakRss } = cost()
  let whole: string | null = null
  const { messages, unexpected } = await verdict(
    target.brokers,
    target.topic,
    { a: 20, long: 1 },
    {
      ask: async (judge) => {
        whole = await judge.identicalTo(path)
      },
    },
  )
  t.diagnostic(`${statSync(path).size} bytes in ${messages} messages, peak RSS ${peakRss.toFixed(1)} MB`)
  assert.ok(whole !== null, 'the file cannot be rebuilt from the topic')
  assert.ok(messages > 90 && unexpected === 0)
  assert.ok(peakRss > 0 && peakRss <= mostMemory, `peak RSS ${peakRss} MB`)
})

test('a line of 100 MB becomes a dead letter, whole, in 100 MB of memory', async (t) => {
  const { home } = await place(t, { message_conf: { long_line: 'dead_letter' } })
  const path = join(home.logs, 'a.log')
  writeFileSync(path, lines('a', 0, 10))
  appendLongLine(path)
  writeFileSync(path, lines('a', 10, 10), { flag: 'a' })
  const agent = home.start('--once')
  const cost = watchCost(agent.pid)
  assert.equal(await agent.ended(patience), 0, agent.words())
  const { peakRss } = cost()
  const letters = await LetterBox.open(join(home.path, 'state'))
  assert.ok(letters !== null)
  const [letter, ...more] = lettersOf(letters.kept)
  await letters.box.close()
  assert.deepEqual(
    [letter?.whole, letter?.offset, letter?.length, more.length],
    [true, 10 * lineBytes, statSync(path).size - 20 * lineBytes, 0],
  )
  t.diagnostic(`${letter?.parts.length} parts, peak RSS ${peakRss.toFixed(1)} MB`)
  assert.ok(peakRss > 0 && peakRss <= mostMemory, `peak RSS ${peakRss} MB`)
})

test(`${manyFiles} files at once: born, shipped, looked at again and known after a restart`, async (t) => {
  const { home, target } = await place(t, { log_conf: { level: 'warn' }, basic_conf: { interval: '1s' } })
  writeMany(home)
  const begun = performance.now()
  const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1)
  const first = home.start()
  const cost = watchCost(first.pid)
  await until('all are shipped', async () => (await messagesIn(target)) >= manyFiles, patience)
  const shipped = seconds()
  first.signal('SIGTERM')
  assert.equal(await first.ended(patience), 0, first.words())
  const born = cost()
  const left = seconds()
  const again = home.start('--once')
  const costAgain = watchCost(again.pid)
  assert.equal(await again.ended(patience), 0, again.words())
  const known = costAgain()
  t.diagnostic(
    `first sight: all shipped after ${shipped} s, left after ${left} s, ${born.cpu.toFixed(1)} s of CPU, peak RSS ${born.peakRss.toFixed(1)} MB; ` +
      `restart with all of them known: ${known.cpu.toFixed(1)} s of CPU, peak RSS ${known.peakRss.toFixed(1)} MB`,
  )
  const found = await streamed(target, { many: manyFiles })
  const { lost, unexpected, unreadable, files, repeated } = found
  assert.deepEqual(
    { lost, unexpected, unreadable, files, repeated },
    { lost: 0, unexpected: 0, unreadable: 0, files: manyFiles, repeated: 0 },
  )
  for (const { peakRss } of [born, known])
    assert.ok(peakRss > 0 && peakRss <= mostMemoryOfMany, `peak RSS ${peakRss} MB`)
})

async function place(
  t: TestContext,
  settings: Parameters<typeof homeOf>[1],
): Promise<{ home: Home; target: TestTopic }> {
  const target = await withTopic(t, { partitions: 3 })
  const kafka = { brokers: target.brokers.join(','), topic: target.topic }
  const home = homeOf(t, {
    ...settings,
    kafka_conf: kafka,
    shutdown_conf: { shutdown_timeout: '600s' },
  })
  home.configure({ basic_conf: { inputpath: `${home.logs}/**/*.log` } })
  return { home, target }
}

/** The line has an id of its own, so that it is as readable to the judge as the others. */
function appendLongLine(path: string): void {
  const fd = openSync(path, 'a')
  const filler = Buffer.from('päckchen'.repeat(100_000))
  writeSync(fd, 'long 0000000000 ')
  for (let done = 0; done < longLine; done += filler.length) writeSync(fd, filler)
  writeSync(fd, '\n')
  closeSync(fd)
}

function writeMany(home: Home): void {
  for (let index = 0; index < manyFiles; index++) {
    const folder = join(home.logs, `service-${index % folders}`)
    if (index < folders) mkdirSync(folder)
    writeFileSync(join(folder, `application-${index}.log`), lines('many', index, 1))
  }
}
