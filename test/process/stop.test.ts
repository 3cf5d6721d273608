import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePorts } from '../../tools/kafka/ports.ts'
import { lines } from '../../tools/oracle/lines.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { withTopic } from '../kafka/broker.ts'
import { homeOf } from './agent.ts'
import { expectAtLeast, expectOnce, messagesIn, untilMoreThan } from './expect.ts'
import { startLoad } from './load.ts'
import { until } from './until.ts'

const quiet = 400
const quietAtMost = 5 * quiet
/** What the last acks, the last checkpoint and a busy machine may take beside. */
const slack = 4000
const timeout = 20_000
const shutdown = { shutdown_conf: { shutdown_quiet: `${quiet}ms`, shutdown_timeout: `${timeout}ms` } }

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} under load ships what was written before it, does not wait for a steady writer, and nothing comes twice`, async (t) => {
    const target = await withTopic(t, { partitions: 3 })
    const home = homeOf(t, { kafka_conf: kafkaOf(target), ...shutdown })
    const load = startLoad(t, home.logs)
    const agent = home.start()
    await untilMoreThan(8, target, agent)

    const before = load.written()
    const begun = performance.now()
    agent.signal(signal)
    assert.equal(await agent.ended(timeout), 0, agent.words())
    const took = performance.now() - begun
    assert.ok(took < quietAtMost + slack, `it took ${took} ms to leave while the files grew`)
    assert.equal(agent.said('stopped')[0]?.['left'], 0)
    const all = load.stop()
    await expectAtLeast(target, before)

    assert.equal(await home.start('--once').ended(), 0)
    await expectOnce(target, all)
    t.diagnostic(`left after ${Math.round(took)} ms; ${sum(before)} lines before the signal, ${sum(all)} in all`)
  })
}

test('what is in flight when it has shipped enough is waited for, so that it does not come twice', async (t) => {
  const target = await withTopic(t, { partitions: 3 })
  const home = homeOf(t, {
    kafka_conf: kafkaOf(target),
    // Messages so small that the files grow faster than they are taken: something is in flight at every moment.
    message_conf: { max_message_length: '1500' },
    shutdown_conf: { shutdown_quiet: '50ms' },
  })
  const load = startLoad(t, home.logs, 10_000)
  const agent = home.start()
  await untilMoreThan(8, target, agent)
  const before = load.written()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(timeout), 0, agent.words())
  const all = load.stop()
  await expectAtLeast(target, before)
  assert.equal(await home.start('--once').ended(), 0)
  await expectOnce(target, all)
})

test('quiet files do not make it wait longer than for their quiet', async (t) => {
  const target = await withTopic(t)
  const home = homeOf(t, { kafka_conf: kafkaOf(target), shutdown_conf: { shutdown_quiet: '100ms' } })
  writeLines({ path: join(home.logs, 'a.log'), tag: 'a', count: 100 })
  const agent = home.start()
  await untilMoreThan(0, target, agent)
  const begun = performance.now()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0)
  const took = performance.now() - begun
  assert.ok(took < 3000, `it took ${took} ms`)
})

test('an unfinished line does not keep it and is shipped once it is whole', async (t) => {
  const target = await withTopic(t)
  const home = homeOf(t, { kafka_conf: kafkaOf(target), ...shutdown })
  const path = join(home.logs, 'a.log')
  const last = lines('a', 1000, 1)
  writeLines({ path, tag: 'a', count: 1000 })
  appendFileSync(path, last.subarray(0, 50))
  const agent = home.start()
  await untilMoreThan(0, target, agent)
  const begun = performance.now()
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0)
  assert.ok(performance.now() - begun < quietAtMost + slack)
  assert.equal(agent.said('stopped')[0]?.['left'], 0)
  await expectOnce(target, { a: 1000 })
  appendFileSync(path, last.subarray(50))
  assert.equal(await home.start('--once').ended(), 0)
  await expectOnce(target, { a: 1001 })
})

for (const [second, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`a second signal, ${second}, leaves at once with ${code}, and the next start ships all`, async (t) => {
    const target = await withTopic(t)
    const home = homeOf(t, { kafka_conf: kafkaOf(target), ...shutdown })
    const [absent] = await freePorts(1)
    home.configure({ kafka_conf: { brokers: `127.0.0.1:${absent}` } })
    writeLines({ path: join(home.logs, 'a.log'), tag: 'a', count: 5000 })
    const agent = home.start()
    await until('it knows that there is no broker', () => agent.said('kafka_degraded').length > 0)
    agent.signal('SIGTERM')
    await until('it heard the first signal', () => agent.said('stopping').length > 0)
    const begun = performance.now()
    agent.signal(second)
    assert.equal(await agent.ended(timeout), code)
    assert.ok(performance.now() - begun < 2000)

    home.configure({})
    assert.equal(await home.start('--once').ended(), 0)
    await expectOnce(target, { a: 5000 })
  })
}

test('--once ships all that is there and leaves, and a second time finds nothing to send', async (t) => {
  const target = await withTopic(t, { partitions: 3 })
  const home = homeOf(t, { kafka_conf: kafkaOf(target) })
  for (const tag of ['a', 'b', 'c']) writeLines({ path: join(home.logs, `${tag}.log`), tag, count: 20_000 })
  const agent = home.start('--once')
  assert.equal(await agent.ended(), 0, agent.words())
  await expectOnce(target, { a: 20_000, b: 20_000, c: 20_000 })
  // What reads the log as JSON stumbles over anything else, be it the runtime's.
  for (const line of agent.words().trimEnd().split('\n')) assert.doesNotThrow(() => JSON.parse(line), line)
  const messages = await messagesIn(target)
  assert.equal(await home.start('--once').ended(), 0)
  assert.equal(await messagesIn(target), messages)
})

function kafkaOf({ brokers, topic }: { brokers: string[]; topic: string }): Record<string, string> {
  return { brokers: brokers.join(','), topic }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0)
}
