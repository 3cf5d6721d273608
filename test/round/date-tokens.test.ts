import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newAgent, type Settings, type TestAgent } from '../harness/agent.ts'

const HOUR = 3_600_000

/** An agent that ships `app-{yyyyMMdd}.log`, or what else is given. */
async function dated(
  t: TestContext,
  at: string,
  {
    inputpath = 'app-{yyyyMMdd}.log',
    exclude = '',
    session = {},
  }: { inputpath?: string; exclude?: string; session?: Settings[string] } = {},
): Promise<TestAgent> {
  const agent = await newAgent(t, {}, Date.parse(at))
  const paths = inputpath.split(';').map((path) => agent.path(path))
  await agent.start({
    basic_conf: { inputpath: paths.join(';'), exclude },
    session_conf: { timezone: 'UTC', ...session },
  })
  return agent
}

/** The base names of all files that were shipped, in order. */
const names = (agent: TestAgent): string[] =>
  agent.held.map(({ filename }) => filename.slice(agent.folder.length + 1)).toSorted()

async function goTo(agent: TestAgent, at: string): Promise<void> {
  await agent.shipAfter(Date.parse(at) - agent.clock.wall)
}

test("today's file ships, yesterday's and tomorrow's are not looked for at the first start", async (t) => {
  const agent = await dated(t, '2026-11-20T10:00:00Z')
  for (const day of [19, 20, 21]) agent.append(`app-202611${day}.log`, `${day}\n`)
  agent.append('app-{yyyyMMdd}.log', 'not meant\n')
  await agent.ship()
  assert.deepEqual(names(agent), ['app-20261120.log'])
})

test("at midnight the new day's file is found, and late lines in the old one's are shipped for one more session", async (t) => {
  const agent = await dated(t, '2026-11-20T23:59:00Z')
  agent.append('app-20261120.log', 'one\n')
  await agent.ship()
  await goTo(agent, '2026-11-21T00:00:01Z')
  agent.append('app-20261121.log', 'two\n')
  agent.append('app-20261120.log', 'late\n')
  await agent.ship()
  await goTo(agent, '2026-11-21T23:00:00Z')
  agent.append('app-20261120.log', 'very late\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('app-20261120.log'), ['one\nlate\nvery late\n'])
  assert.deepEqual(agent.shipped('app-20261121.log'), ['two\n'])
  await goTo(agent, '2026-11-22T00:00:01Z')
  agent.append('app-20261120.log', 'too late\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('app-20261120.log'), ['one\nlate\nvery late\n'])
  agent.assertExact()
})

test("a file of yesterday's that is born after the rollover ships", async (t) => {
  const agent = await dated(t, '2026-11-20T23:59:00Z')
  await agent.ship()
  await goTo(agent, '2026-11-21T00:05:00Z')
  agent.append('app-20261120.log', 'late\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('app-20261120.log'), ['late\n'])
})

test('what is still to be shipped of a file of older days is shipped, whatever the tokens stand for', async (t) => {
  const agent = await dated(t, '2026-11-20T23:00:00Z')
  agent.broker.verdict = () => 'refused'
  agent.append('app-20261120.log', 'one\n')
  await agent.round()
  for (const day of [21, 22, 23]) {
    agent.clock.advance(24 * HOUR)
    agent.append(`app-202611${day}.log`, `${day}\n`)
    await agent.round()
  }
  agent.broker.verdict = () => 'ack'
  agent.append('app-20261120.log', 'two\n')
  await agent.shipAfter(HOUR / 2)
  assert.deepEqual(agent.shipped('app-20261120.log'), ['one\ntwo\n'])
  assert.deepEqual(
    names(agent),
    [20, 21, 22, 23].map((day) => `app-202611${day}.log`),
  )
})

test('after three days down the files of all days in between ship', async (t) => {
  const agent = await dated(t, '2026-11-20T10:00:00Z')
  agent.append('app-20261120.log', 'before\n')
  await agent.ship()
  for (const day of [20, 21, 22, 23]) agent.append(`app-202611${day}.log`, `${day}\n`)
  agent.clock.advance(73 * HOUR)
  await agent.crash()
  await agent.ship()
  assert.deepEqual(
    names(agent),
    [20, 21, 22, 23].map((day) => `app-202611${day}.log`),
  )
  assert.deepEqual(agent.shipped('app-20261120.log'), ['before\n20\n'])
  agent.assertExact()
})

test('days that are too many to be looked for are told of, once', async (t) => {
  const agent = await dated(t, '2026-11-20T10:00:00Z')
  await agent.ship()
  agent.append('app-20270101.log', 'too old\n')
  agent.append('app-20280601.log', 'old\n')
  agent.clock.wall = Date.parse('2028-06-02T00:00:00Z')
  await agent.crash()
  await agent.ship()
  await agent.round()
  assert.deepEqual(names(agent), ['app-20280601.log'])
  const told = agent.eventsNamed('days_left_out')
  assert.deepEqual(
    told.map(({ first, leftOut }) => [first, leftOut]),
    [['2027-04-30', 161]],
  )
})

test('with a rollover at 02:00 a file that its application begins at midnight is found at midnight', async (t) => {
  const agent = await dated(t, '2026-11-20T23:00:00Z', { session: { rollover: '0 2 * * *' } })
  await agent.ship()
  agent.append('app-20261121.log', 'at midnight\n')
  await agent.ship()
  assert.deepEqual(names(agent), [])
  await goTo(agent, '2026-11-21T00:00:01Z')
  assert.deepEqual(names(agent), ['app-20261121.log'])
  assert.deepEqual(agent.eventsNamed('session_opened'), [])
})

test('an hourly rollover goes on with the day before for an hour', async (t) => {
  const agent = await dated(t, '2026-11-20T23:30:00Z', { session: { rollover: '0 * * * *' } })
  agent.append('app-20261120.log', 'one\n')
  await agent.ship()
  await goTo(agent, '2026-11-21T00:30:00Z')
  agent.append('app-20261120.log', 'late\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('app-20261120.log'), ['one\nlate\n'])
})

for (const [timezone, at, name] of [
  ['Asia/Shanghai', '2026-11-20T16:00:00Z', 'app-20261121.log'],
  ['America/New_York', '2026-11-21T04:59:59Z', 'app-20261120.log'],
  // The day of 23 hours begins at 05:00 UTC, the next one at 04:00.
  ['America/New_York', '2026-03-08T05:00:00Z', 'app-20260308.log'],
  ['America/New_York', '2026-03-09T04:00:00Z', 'app-20260309.log'],
] as const) {
  test(`the day is that of ${timezone} at ${at}`, async (t) => {
    const agent = await dated(t, at, { session: { timezone } })
    agent.append(name, 'one\n')
    await agent.ship()
    assert.deepEqual(names(agent), [name])
  })
}

for (const [what, from, to] of [
  ['23', '2026-03-08T04:59:59Z', '2026-03-09T04:00:01Z'],
  ['25', '2026-11-01T03:59:59Z', '2026-11-02T05:00:01Z'],
] as const) {
  test(`a day of ${what} hours, slept through, is one day`, async (t) => {
    const agent = await dated(t, from, { session: { timezone: 'America/New_York' } })
    await agent.ship()
    const days = what === '23' ? ['20260307', '20260308', '20260309'] : ['20261031', '20261101', '20261102']
    for (const day of days) agent.append(`app-${day}.log`, `${day}\n`)
    await goTo(agent, to)
    assert.deepEqual(
      names(agent),
      days.map((day) => `app-${day}.log`),
    )
  })
}

test('tokens in folders, several in one path, and beside braces of the glob', async (t) => {
  const inputpath = '{yyyy}/{MM}/{dd}/*.log;day-{yyyy-MM-dd};{web,app-{yyyyMM}}.{log,txt}'
  const agent = await dated(t, '2026-11-20T10:00:00Z', { inputpath })
  const taken = ['2026/11/20/a.log', 'day-2026-11-20/b', 'web.txt', 'app-202611.log']
  const others = ['2026/11/21/a.log', '2026/10/20/a.log', 'day-2026-11-19/b', 'app-202610.log', 'app-202611.zip']
  for (const name of [...taken, ...others]) agent.append(name, `${name}\n`)
  await agent.ship()
  assert.deepEqual(names(agent), taken.toSorted())
})

test('exclude leaves out the same days', async (t) => {
  const agent = await dated(t, '2026-11-20T10:00:00Z', { inputpath: '*.log', exclude: 'app-{yyyyMMdd}.log;{b,c}.log' })
  for (const name of ['app-20261119.log', 'app-20261120.log', 'a.log', 'b.log', 'c.log']) agent.append(name, 'x\n')
  await agent.ship()
  assert.deepEqual(names(agent), ['a.log', 'app-20261119.log'])
})
