import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTopic, deleteTopic } from '../../tools/kafka/admin.ts'
import { freePorts } from '../../tools/kafka/ports.ts'
import { lines } from '../../tools/oracle/lines.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { withTopic } from '../kafka/broker.ts'
import { homeOf } from './agent.ts'
import { expectOnce, untilMoreThan } from './expect.ts'
import { startLoad } from './load.ts'
import { until } from './until.ts'

test('SIGHUP reads the configuration again: a new input is shipped, by the same process, and nothing comes twice', async (t) => {
  const target = await withTopic(t)
  const { brokers, topic } = target
  const second = `${topic}-second`
  await createTopic(brokers, second, { partitions: 1 })
  t.after(() => deleteTopic(brokers, second))
  const home = homeOf(t, {
    kafka_conf: { brokers: brokers.join(','), topic },
    shutdown_conf: { shutdown_quiet: '100ms' },
  })
  const other = join(home.path, 'other')
  mkdirSync(other)
  writeLines({ path: join(home.logs, 'a.log'), tag: 'a', count: 1000 })
  writeLines({ path: join(other, 'b.txt'), tag: 'b', count: 1000 })
  const agent = home.start()
  await untilMoreThan(0, target, agent)

  home.configure({ 'input:second': { inputpath: `${other}/*.txt`, topic: second } })
  agent.signal('SIGHUP')
  await untilMoreThan(0, { brokers, topic: second }, agent)
  writeLines({ path: join(home.logs, 'a.log'), tag: 'a', from: 1000, count: 1000 })
  await untilMoreThan(1, target, agent)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  assert.equal(agent.said('config_reloaded').length, 1)
  await expectOnce(target, { a: 2000 })
  await expectOnce({ brokers, topic: second }, { b: 1000 })
})

test('SIGHUP while Kafka takes nothing loses no file that was deleted meanwhile', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const [port] = await freePorts(1)
  const nobody = { brokers: `127.0.0.1:${port}`, topic }
  const home = homeOf(t, { kafka_conf: nobody, shutdown_conf: { shutdown_timeout: '200ms', shutdown_quiet: '100ms' } })
  const path = join(home.logs, 'a.log')
  writeLines({ path, tag: 'a', count: 1000 })
  const agent = home.start()
  await until('the file is known', () => agent.said('file_born').length > 0)
  rmSync(path)
  await until('its end is seen', () => agent.said('file_deleted').length > 0)
  home.configure({ kafka_conf: { brokers: brokers.join(','), topic } })
  agent.signal('SIGHUP')
  await untilMoreThan(0, { brokers, topic }, agent)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  await expectOnce({ brokers, topic }, { a: 1000 })
})

test('SIGHUP lets go of no deleted file that its writer may go on with', async (t) => {
  const target = await withTopic(t)
  const home = homeOf(t, { kafka_conf: { brokers: target.brokers.join(','), topic: target.topic } })
  const path = join(home.logs, 'a.log')
  const writer = openSync(path, 'a')
  t.after(() => closeSync(writer))
  appendFileSync(writer, lines('a', 0, 100))
  const agent = home.start()
  await untilMoreThan(0, target, agent)
  rmSync(path)
  await until('its end is seen', () => agent.said('file_deleted').length > 0)
  agent.signal('SIGHUP')
  await until('it has begun again', () => agent.said('started').length === 2)
  appendFileSync(writer, lines('a', 100, 100))
  await untilMoreThan(1, target, agent)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  await expectOnce(target, { a: 200 })
})

test('SIGHUP with a wrong configuration names its problems, and the old one goes on', async (t) => {
  const target = await withTopic(t)
  const home = homeOf(t, { kafka_conf: { brokers: target.brokers.join(','), topic: target.topic } })
  const path = join(home.logs, 'a.log')
  writeLines({ path, tag: 'a', count: 1000 })
  const agent = home.start()
  await untilMoreThan(0, target, agent)
  home.configure({ basic_conf: { interval: 'soon' }, kafka_conf: { topik: 'logs' } })
  agent.signal('SIGHUP')
  const [refused] = await until('it refuses', () =>
    agent.said('config_refused').length > 0 ? agent.said('config_refused') : null,
  )
  assert.equal(refused?.level, 'error')
  assert.match(refused?.msg ?? '', /interval.*soon/)
  assert.match(refused?.msg ?? '', /topik/)
  writeLines({ path, tag: 'a', from: 1000, count: 1000 })
  await untilMoreThan(1, target, agent)
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0)
  await expectOnce(target, { a: 2000 })
})

test('SIGHUP and SIGUSR2 at any moment, also while it reads the configuration again, neither end it nor are forgotten', async (t) => {
  const target = await withTopic(t, { partitions: 3 })
  const home = homeOf(t, {
    kafka_conf: { brokers: target.brokers.join(','), topic: target.topic },
    shutdown_conf: { shutdown_quiet: '20ms' },
  })
  const load = startLoad(t, home.logs, 4000)
  const agent = home.start()
  await until('it has started', () => agent.said('started').length > 0)
  // The moments are what is tried out here, not what is waited for.
  for (let shots = 0; shots < 150; shots++) {
    agent.signal(shots % 3 === 0 ? 'SIGUSR2' : 'SIGHUP')
    await delay(shots % 11)
    assert.equal(agent.running, true, `after ${shots} signals: ${agent.words()}`)
  }
  // The last one asked for is the one that it ends up with.
  const other = join(home.path, 'other.txt')
  writeLines({ path: other, tag: 'other', count: 100 })
  home.configure({ 'input:other': { inputpath: other } })
  agent.signal('SIGHUP')
  await until('the new input is known', () => agent.said('file_born').some(({ path }) => path === other))
  const all = { ...load.stop(), other: 100 }
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  assert.ok(agent.said('config_reloaded').length > 1)
  await expectOnce(target, all)
})

test('SIGUSR2 asks for a round now', async (t) => {
  const target = await withTopic(t)
  const home = homeOf(t, {
    basic_conf: { interval: '1h' },
    kafka_conf: { brokers: target.brokers.join(','), topic: target.topic },
  })
  const path = join(home.logs, 'a.log')
  writeLines({ path, tag: 'a', count: 1000 })
  const agent = home.start()
  await untilMoreThan(0, target, agent)
  for (let round = 1; round <= 3; round++) {
    writeLines({ path, tag: 'a', from: round * 1000, count: 1000 })
    agent.signal('SIGUSR2')
    await untilMoreThan(round, target, agent)
  }
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0)
  await expectOnce(target, { a: 4000 })
})

test('a second agent on the same state leaves with 3 and names the first', async (t) => {
  const target = await withTopic(t)
  const home = homeOf(t, { kafka_conf: { brokers: target.brokers.join(','), topic: target.topic } })
  const first = home.start()
  await until('the first has started', () => first.said('started').length > 0 || !first.running)
  assert.equal(first.running, true, first.words())
  const second = home.start()
  assert.equal(await second.ended(), 3)
  assert.match(second.words(), new RegExp(`pid ${first.pid}\\b`))
  assert.equal(first.running, true)
  first.signal('SIGKILL')
  assert.equal(await first.ended(), 'SIGKILL')
  const third = home.start('--once')
  assert.equal(await third.ended(), 0, third.words())
})

const unshare = ['unshare', '--fork', '--pid', '--mount-proc']
const permitted = spawnSync(unshare[0] as string, [...unshare.slice(1), 'true']).status === 0
const skip = permitted ? false : '`unshare --fork --pid --mount-proc` is not permitted here'

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`as process 1 it obeys ${signal}`, { skip }, async (t) => {
    const target = await withTopic(t)
    const home = homeOf(t, {
      kafka_conf: { brokers: target.brokers.join(','), topic: target.topic },
      shutdown_conf: { shutdown_quiet: '100ms' },
    })
    writeLines({ path: join(home.logs, 'a.log'), tag: 'a', count: 1000 })
    const shell = home.startBy(unshare)
    await untilMoreThan(0, target, shell)
    const pid = Number(readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8'))
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^NSpid:\t\d+\t1$/m)
    process.kill(pid, 'SIGHUP')
    await until('it reads its configuration again', () => shell.said('started').length > 1)
    process.kill(pid, signal)
    assert.equal(await shell.ended(), 0, shell.words())
    await expectOnce(target, { a: 1000 })
  })
}
