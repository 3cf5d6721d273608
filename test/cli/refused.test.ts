import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { withTopic } from '../kafka/broker.ts'
import { until } from '../process/until.ts'
import { kafkaConf, type Place, pannier, place, program } from './pannier.ts'
import { closesAtOnce, stranger } from './strangers.ts'

interface Line {
  readonly event: string
  readonly level: string
  readonly msg: string
}

interface Running {
  said(event: string): Line[]
  leave(): Promise<unknown>
}

function start(t: TestContext, home: Place): Running {
  const child = spawn(process.execPath, [program, 'run'], { cwd: home.path })
  t.after(() => child.kill('SIGKILL'))
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = once(child, 'exit')
  return {
    said: (event) => {
      const lines = err.split('\n').slice(0, -1)
      return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.event === event)
    },
    async leave() {
      child.kill('SIGTERM')
      await until('it leaves', () => this.said('stopping').length > 0)
      child.kill('SIGTERM')
      return (await ended)[0]
    },
  }
}

test('a broker that refuses the client is told once, with what, where and what to do, however often it is tried', async (t) => {
  const broker = await stranger(t, closesAtOnce)
  const home = place(t, kafkaConf([broker.address], 'logs'))
  home.write('a.log', 'text\n')
  const agent = start(t, home)
  await until('it was tried six times', () => broker.visits >= 6)
  const lines = agent.said('kafka_degraded')
  assert.equal(lines.length, 1)
  assert.match(
    lines[0]?.msg ?? '',
    new RegExp(`no Kafka broker answers at ${broker.address}: it takes the connection and closes it`),
  )
  assert.match(
    lines[0]?.msg ?? '',
    /is this the port of a Kafka listener.*correct \[kafka_conf\] brokers.*trying again/,
  )
  assert.equal(await agent.leave(), 128 + 15)
})

test('a topic that does not exist is told with how to create it, and waited for', async (t) => {
  const { brokers } = await withTopic(t)
  const home = place(t, kafkaConf(brokers, 'nowhere'))
  home.write('a.log', 'text\n')
  const agent = start(t, home)
  await until('it is told', () => agent.said('kafka_degraded').length > 0)
  assert.match(
    agent.said('kafka_degraded')[0]?.msg ?? '',
    /topic "nowhere" does not exist; create it \(kafka-topics\.sh --create --topic nowhere/,
  )
  assert.equal(await agent.leave(), 128 + 15)
})

test('a wrong configuration is told with every problem, its line and a suggestion, and nothing is started', async (t) => {
  const home = place(t, '[kafka_conf]\nbrokers = 127.0.0.1:1\ntopik = logs\nacks = some\n[log_conf]\nlevel = loud\n')
  const { code, err, out } = await pannier(home.path, 'run')
  assert.equal(code, 2)
  assert.equal(out, '')
  assert.match(err, /config\.ini:6: \[kafka_conf\] topik: .*did you mean topic\?/)
  assert.match(err, /config\.ini:7: \[kafka_conf\] acks = some/)
  assert.match(err, /config\.ini:9: \[log_conf\] level = loud/)
  assert.match(err, /3 problems, nothing was started\n$/)
})

test('a folder that cannot be listed is told by run once, by name and reason, and the rest is shipped', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const home = place(t)
  mkdirSync(join(home.path, 'more'))
  home.write(join(home.path, 'more', 'a.log'), 'text\n')
  symlinkSync('circle', join(home.path, 'circle'))
  home.configure(`[basic_conf]\ninputpath = ${home.path}/circle/*.log;${home.path}/more\n${kafkaConf(brokers, topic)}`)
  const { code, err } = await pannier(home.path, 'run', '--once')
  assert.equal(code, 0)
  const told = err.split('\n').filter((line) => line.includes('"event":"folder_blind"'))
  assert.equal(told.length, 1, err)
  assert.match(told[0] ?? '', /circle cannot be listed: .*ELOOP/)
  assert.match(err, /stopped, all shipped/)
})
