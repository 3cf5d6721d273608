import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { MORNING, newAgent, startAgent, type TestAgent } from '../harness/agent.ts'

/** The modification time is put so many days before the agent's clock. */
function age(agent: TestAgent, name: string, days: number): void {
  const then = new Date(agent.clock.wall - days * 86_400_000)
  fs.utimesSync(agent.path(name), then, then)
}

test('start_at = end begins at the last line end of what is there, and at 0 in what comes later', async (t) => {
  const agent = await newAgent(t, { basic_conf: { start_at: 'end' } })
  agent.append('old.log', 'old1\nold2\nunfin')
  agent.append('one-line.log', 'no line end')
  await agent.start()
  await agent.ship()
  assert.equal(agent.held.length, 0)
  assert.equal(agent.file('old.log').totals.filtered, 10)
  agent.append('old.log', 'ished\n')
  agent.append('one-line.log', ' until now\n')
  agent.append('new.log', 'new1\n')
  await agent.ship()
  const texts = agent.held.map(({ messages }) => messages.map(({ offset, bytes }) => [offset, bytes.toString()]))
  assert.deepEqual(texts.flat().toSorted(), [
    [0, 'new1\n'],
    [0, 'no line end until now\n'],
    [10, 'unfinished\n'],
  ])
})

test('start_at = end of a file that is rotated away while its end is looked for loses nothing', async (t) => {
  const agent = await newAgent(t, { basic_conf: { start_at: 'end', max_open_files: 16 } })
  for (let n = 10; n <= 30; n++) agent.append(`${n}.log`, 'old\n')
  agent.append('z.log', 'old line of it\n')
  const open = agent.disk.open.bind(agent.disk)
  let opened = 0
  agent.disk.open = async (path) => {
    if (path === agent.path('z.log') && ++opened === 2) {
      agent.append('z.log', 'late line of it\n')
      agent.rename('z.log', 'z.log.1')
      agent.append('z.log', 'next\n')
    }
    return open(path)
  }
  await agent.start()
  await agent.ship()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('z.log'), ['old line of it\nlate line of it\n', 'next\n'])
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
  agent.assertExact()
})

test('start_at = end is decided once: a restart, before or after anything was shipped, changes nothing', async (t) => {
  const agent = await newAgent(t, { basic_conf: { start_at: 'end' } })
  agent.append('old.log', 'old1\n')
  await agent.start()
  await agent.round()
  agent.append('old.log', 'more\n')
  agent.append('new.log', 'while down\n')
  await agent.crash()
  await agent.ship()
  assert.deepEqual([agent.held.length, agent.shipped('new.log')], [2, ['while down\n']])
  assert.deepEqual(
    agent.held
      .flatMap(({ messages }) => messages)
      .map(({ offset }) => offset)
      .toSorted(),
    [0, 5],
  )
})

test('start_at = end with an empty folder at the very first start leaves nothing out later', async (t) => {
  const agent = await startAgent(t, { basic_conf: { start_at: 'end' } })
  await agent.round()
  agent.append('a.log', 'one\n')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
})

test('start_at = end of an input that is added later is applied at its own first start', async (t) => {
  const agent = await newAgent(t)
  agent.append('a.log', 'one\n')
  agent.append('b.txt', 'old\n')
  await agent.start()
  await agent.ship()
  await agent.crash({ ...agent.settings, 'input:b': { inputpath: agent.path('*.txt'), start_at: 'end' } })
  await agent.round()
  agent.append('b.txt', 'new\n')
  await agent.ship()
  assert.deepEqual(
    agent.held.flatMap(({ messages }) => messages).map(({ offset, bytes }) => `${offset} ${bytes.toString()}`),
    ['0 one\n', '4 new\n'],
  )
})

test('what start_at = end leaves out is not shipped after a crash before the first checkpoint', async (t) => {
  const agent = await newAgent(t, { basic_conf: { start_at: 'end' } })
  agent.append('a.log', 'old\n')
  await agent.start()
  await agent.parts.round.look()
  await agent.crash()
  agent.append('a.log', 'new\n')
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ ranges }) => ranges),
    [[[4, 8]]],
  )
})

test('ignore_older leaves old files out, until they change', async (t) => {
  const agent = await newAgent(t, { basic_conf: { ignore_older: '2d' } })
  agent.append('old.log', 'old\n')
  agent.append('new.log', 'new\n')
  agent.clock.wall = Date.now()
  age(agent, 'old.log', 3)
  await agent.start()
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ filename }) => filename),
    [agent.path('new.log')],
  )
  agent.append('old.log', 'changed\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('old.log'), ['old\nchanged\n'])
})

for (const [what, later] of [
  ['ignore_older', { ignore_older: '2d' }],
  ['exclude', { exclude: 'a.*' }],
  ['regex', { regex: 'b' }],
] as const) {
  test(`${what} does not apply to a file with unsettled bytes, also after a restart`, async (t) => {
    const agent = await startAgent(t)
    agent.append('a.log', 'one\n')
    agent.broker.verdict = () => 'refused'
    await agent.round()
    agent.clock.wall = Date.now()
    age(agent, 'a.log', 5)
    await agent.crash({ ...agent.settings, basic_conf: later })
    agent.broker.verdict = () => 'ack'
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  })

  test(`${what} does not apply to bytes that came while the agent was down to a file that was shipped`, async (t) => {
    const agent = await startAgent(t)
    agent.append('a.log', 'one\n')
    await agent.ship()
    agent.append('a.log', 'two\n')
    agent.clock.wall = Date.now()
    age(agent, 'a.log', 5)
    await agent.crash({ ...agent.settings, basic_conf: later })
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  })
}

test('exclude and regex leave files out', async (t) => {
  const agent = await startAgent(t, { basic_conf: { exclude: 'x*;**/sub/**', regex: '.*a' } })
  for (const name of ['a.log', 'xa.log', 'b.log']) agent.append(name, `${name}\n`)
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ filename }) => filename),
    [agent.path('a.log')],
  )
})

test('a clock that is wrong by years ships all the same', async (t) => {
  const agent = await startAgent(t, {}, Date.parse('1970-01-01T00:00:10Z'))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.clock.wall = MORNING
  agent.append('a.log', 'two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('what was appended just before the machine slept for longer than ignore_older is shipped', async (t) => {
  const agent = await startAgent(t, { basic_conf: { ignore_older: '1d' } }, Date.now())
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.clock.wall += 3 * 86_400_000
  await agent.ship()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})
