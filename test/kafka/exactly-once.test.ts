import assert from 'node:assert/strict'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createTopic, topicConfig } from '../../tools/kafka/admin.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { pannier } from '../cli/pannier.ts'
import { type Home, homeOf } from '../process/agent.ts'
import { until } from '../process/until.ts'
import { withTopic } from './broker.ts'

interface Exact {
  readonly home: Home
  readonly brokers: string[]
  readonly topic: string
  /** A second agent over the same files with a state folder of its own. */
  another(): Home
  /** Lines as a consumer of committed records gets them. */
  lines(): Promise<string[]>
}

async function exactly(t: TestContext): Promise<Exact> {
  const { brokers, topic } = await withTopic(t)
  const kafka_conf = { brokers: brokers.join(','), topic, delivery: 'exactly_once', transactional_id: topic }
  const settings = { basic_conf: { interval: '50ms' }, kafka_conf, message_conf: { format: 'raw' } }
  const home = homeOf(t, settings)
  return {
    home,
    brokers,
    topic,
    another: () => homeOf(t, { ...settings, basic_conf: { interval: '50ms', inputpath: `${home.logs}/*.log` } }),
    async lines() {
      const all: string[] = []
      for await (const { value } of readTopic(brokers, topic)) all.push(...value.toString().trimEnd().split('\n'))
      return all
    },
  }
}

const forgetState = (home: Home): void => rmSync(join(home.path, 'state'), { recursive: true, force: true })

test('an agent whose state folder is gone goes on where it was, from the checkpoint topic', async (t) => {
  const { home, brokers, topic, lines } = await exactly(t)
  const file = join(home.logs, 'a.log')
  const written: string[] = []
  for (let start = 1; start <= 3; start++) {
    written.push(`start ${start}`)
    appendFileSync(file, `start ${start}\n`)
    const agent = home.start('--once')
    assert.equal(await agent.ended(), 0, agent.words())
    assert.equal(agent.said('file_born').length, start === 1 ? 1 : 0)
    forgetState(home)
  }
  assert.deepEqual(await lines(), written)
  assert.equal((await topicConfig(brokers, `${topic}.checkpoint`))['cleanup.policy'], 'compact')
})

test('a dead letter outlives the state folder', async (t) => {
  const { home, lines } = await exactly(t)
  home.configure({ message_conf: { long_line: 'dead_letter', max_message_length: '2KB' } })
  writeFileSync(join(home.logs, 'a.log'), `one\n${'long '.repeat(1_000)}\ntwo\n`)
  const agent = home.start('--once')
  assert.equal(await agent.ended(), 0, agent.words())
  forgetState(home)
  const again = home.start('--once')
  assert.equal(await again.ended(), 0, again.words())
  const { out } = await pannier(home.path, 'dead', 'list', '--json', '--config', home.config)
  const [letter, ...others] = (JSON.parse(out) as { letters: { offset: number; length: number }[] }).letters
  assert.deepEqual([letter?.offset, letter?.length, others.length], [4, 5_001, 0])
  assert.deepEqual(await lines(), ['one', 'two'])
})

test('an agent that is started with the same transactional id puts the first one out, which says so and leaves with 3', async (t) => {
  const { home, another, lines } = await exactly(t)
  const file = join(home.logs, 'a.log')
  writeFileSync(file, 'one\n')
  const first = home.start()
  await until('the first has a file', () => first.said('file_born').length > 0)
  const second = another().start()
  await until('the second has the id', () => second.said('started').length > 0)
  appendFileSync(file, 'two\n')
  assert.equal(await first.ended(), 3, first.words())
  const [told] = first.said('id_taken')
  assert.equal(told?.['pid'], second.pid)
  assert.match(told?.msg ?? '', /another agent has the transactional id .*transactional_id of its own/)
  appendFileSync(file, 'three\n')
  second.signal('SIGTERM')
  assert.equal(await second.ended(), 0, second.words())
  assert.deepEqual(await lines(), ['one', 'two', 'three'])
})

test('a new configuration takes over what is committed, and nothing comes twice', async (t) => {
  const { home, lines } = await exactly(t)
  const file = join(home.logs, 'a.log')
  writeFileSync(file, 'one\n')
  const agent = home.start()
  await until('it ships', () => agent.said('file_born').length > 0)
  for (const line of ['two', 'three']) {
    const before = agent.said('started').length
    agent.signal('SIGHUP')
    await until('it has started anew', () => agent.said('started').length > before)
    appendFileSync(file, `${line}\n`)
  }
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  assert.equal(agent.said('id_taken').length, 0)
  assert.deepEqual(await lines(), ['one', 'two', 'three'])
})

test('check tells of the checkpoint topic: that it will be made, that it is there, and that it will not do', async (t) => {
  const { home, brokers, topic } = await exactly(t)
  const checked = async (): Promise<string> => (await pannier(home.path, 'check', '--config', home.config)).out
  assert.match(
    await checked(),
    /warn {2}checkpoint topic ".*\.checkpoint" of transactional id .* does not exist; it will be created/,
  )
  const agent = home.start('--once')
  assert.equal(await agent.ended(), 0, agent.words())
  assert.match(await checked(), /ok {4}checkpoint topic ".*\.checkpoint" of transactional id .*: exists, compacted/)
  await createTopic(brokers, `${topic}.plain`, { partitions: 1 })
  home.configure({ kafka_conf: { checkpoint_topic: `${topic}.plain` } })
  assert.match(await checked(), /FAIL {2}topic ".*\.plain" has cleanup\.policy=delete: .*kafka-configs\.sh/)
})
