import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { MORNING, startAgent, type TestAgent } from '../harness/agent.ts'

const SECOND = 1_000

/** As if the file had been written `seconds` after the agent's clock stood at its start. */
function written(agent: TestAgent, name: string, seconds: number): void {
  const time = (MORNING + seconds * SECOND) / SECOND
  fs.utimesSync(agent.path(name), time, time)
}

/** Birth times cannot be set: these tests look at the times of change alone. */
async function agentWithoutBirthTimes(t: Parameters<typeof startAgent>[0]): Promise<TestAgent> {
  const agent = await startAgent(t)
  agent.disk.alter = (stat) => ({ ...stat, birth: 0n })
  return agent
}

for (const name of [
  'a.log.1',
  'a.log-20261120',
  'a.log-2026-11-20',
  'a.log.2026-11-20',
  'a.log.2026-11-20.1',
  'a.log-20261120-1763632800',
]) {
  test(`a file that was born and renamed to ${name} between two rounds is shipped before its successor`, async (t) => {
    const agent = await startAgent(t)
    agent.append('a.log', 'one\n')
    await agent.ship()
    agent.rename('a.log', 'a.log.2')
    agent.append('a.log', 'two\n')
    agent.rename('a.log', name)
    agent.append('a.log', 'three\n')
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n', 'three\n'])
    agent.assertExact()
    const order = agent.held.flatMap(({ messages }) => messages).map(({ bytes }) => bytes.toString())
    assert.deepEqual(order, ['one\n', 'two\n', 'three\n'])
  })
}

test('several generations that were born and renamed away while the agent was down come in their order', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  const rotate = (): void => {
    for (let n = 4; n >= 1; n--)
      if (fs.existsSync(agent.path(`a.log.${n}`))) agent.rename(`a.log.${n}`, `a.log.${n + 1}`)
    agent.rename('a.log', 'a.log.1')
  }
  for (const text of ['two\n', 'three\n', 'four\n']) {
    agent.append('a.log', `more of it before ${text}`)
    rotate()
    agent.append('a.log', text)
  }
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [
    'one\nmore of it before two\n',
    'two\nmore of it before three\n',
    'three\nmore of it before four\n',
    'four\n',
  ])
  agent.assertExact()
})

for (const [when, lose] of [
  ['before the first checkpoint', (agent: TestAgent) => agent.parts.round.look()],
  [
    'whose checkpoint is lost',
    async (agent: TestAgent) => {
      await agent.ship()
      agent.state.disk.set('checkpoint', Buffer.from('garbage'))
    },
  ],
] as const) {
  test(`a file that was born and renamed away after a crash ${when} is shipped too, and no older one`, async (t) => {
    const agent = await startAgent(t)
    agent.clock.wall = Date.now()
    agent.append('a.log.9', 'old\n')
    agent.disk.alter = (stat) => ({ ...stat, birth: 0n })
    written(agent, 'a.log.9', (agent.clock.wall - MORNING) / SECOND - 1)
    agent.append('a.log', 'one\n')
    await lose(agent)
    agent.rename('a.log', 'a.log.2')
    agent.append('a.log', 'two\n')
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', 'three\n')
    agent.clock.advance(60_000)
    await agent.crash()
    await agent.ship()
    await agent.rounds(3)
    assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'three\n', 'two\n'])
  })
}

test('at the very first start rotated files are taken only where a glob names them', async (t) => {
  const agent = await agentWithoutBirthTimes(t)
  agent.append('a.log.1', 'old\n')
  written(agent, 'a.log.1', -1)
  agent.append('a.log', 'new\n')
  await agent.ship()
  await agent.rounds(3)
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['new\n'])
})

test('rotated files of before stay unshipped when rotation renames them later, also after a restart', async (t) => {
  const agent = await agentWithoutBirthTimes(t)
  agent.append('a.log.1', 'old\n')
  written(agent, 'a.log.1', -3600)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.clock.advance(10 * SECOND)
  await agent.rounds(3)
  agent.rename('a.log.1', 'a.log.2')
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'two\n')
  await agent.ship()
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
})

test('after a restart a rotated file counts as new by its last change, not by its name', async (t) => {
  const agent = await agentWithoutBirthTimes(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.clock.advance(60 * SECOND)
  agent.append('a.log', 'two\n')
  await agent.rounds(3)
  agent.append('a.log.7', 'from long before\n')
  written(agent, 'a.log.7', -60)
  agent.append('a.log.1', 'while it was down\n')
  written(agent, 'a.log.1', 70)
  agent.clock.advance(20 * SECOND)
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n', 'while it was down\n'])
})

test('a clock that was set back does not hide what was rotated away since', async (t) => {
  const agent = await agentWithoutBirthTimes(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.rounds(3)
  agent.clock.wall -= 3600 * SECOND
  agent.append('a.log.1', 'two\n')
  written(agent, 'a.log.1', -3600 + 1)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
})

test('a rotated file that could not be read at first is shipped later, also after a restart', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.rename('a.log', 'a.log.2')
  agent.append('a.log.1', 'two\n')
  agent.append('a.log', 'three\n')
  agent.disk.fault = (path) => (path === agent.path('a.log.1') ? new Error('not now') : null)
  await agent.rounds(4)
  await agent.crash()
  await agent.rounds(2)
  agent.disk.fault = () => null
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'three\n', 'two\n'])
})

test('a sibling of a file that left before anybody came back is shipped', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.remove('a.log')
  await agent.rounds(5)
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'a.log.1')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
})

test('a rotated file whose birth could not be written is shipped once it can', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.rename('a.log', 'a.log.2')
  agent.append('a.log.1', 'two\n')
  agent.append('a.log', 'three\n')
  agent.state.full = true
  await agent.rounds(4)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  agent.state.full = false
  agent.clock.advance(10 * SECOND)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n', 'three\n'])
})

test('the very first file of a path may be rotated away before anybody saw the path', async (t) => {
  const agent = await startAgent(t, { basic_conf: { exclude: 'c.log' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('b.log.1', 'two\n')
  agent.append('c.log.1', 'left out\n')
  agent.append('d.txt.1', 'not named\n')
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ filename, bytes }) => [filename, bytes.toString()]),
    [
      [agent.path('a.log'), 'one\n'],
      [agent.path('b.log'), 'two\n'],
    ],
  )
})

for (const births of [true, false]) {
  test(`generations of the same moment come in the order of their numbers, and late lines change no order${births ? '' : ', without birth times too'}`, async (t) => {
    const agent = await startAgent(t)
    if (!births) agent.disk.alter = (stat) => ({ ...stat, birth: 0n })
    agent.append('a.log', 'first\n')
    await agent.ship()
    for (const number of [3, 2, 1]) agent.append(`a.log.${number}`, `${number}\n`)
    if (births) agent.append('a.log.3', 'late\n')
    else for (const number of [3, 2, 1]) written(agent, `a.log.${number}`, 60)
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log'), ['first\n', births ? '3\nlate\n' : '3\n', '2\n', '1\n'])
  })
}

test("rotations behind the look's back change no order", async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('b.log', 'b\n')
  agent.disk.fault = (path) => {
    if (path !== agent.path('b.log') || fs.existsSync(agent.path('a.log.1'))) return null
    // a.log was looked at already.
    agent.append('a.log', 'two\n')
    agent.rename('a.log', 'a.log.2')
    agent.append('a.log', 'three\n')
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', 'four\n')
    return null
  }
  await agent.round()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['four\n', 'one\ntwo\n', 'three\n'])
  assert.equal(
    agent.broker.taken.map(({ value }) => JSON.parse(value.toString()).content).join(''),
    'one\nb\ntwo\nthree\nfour\n',
  )
})

for (const how of ['is missing from', 'is gone since'] as const) {
  test(`what ${how} one listing, while rotation renames it, is found after a restart too`, async (t) => {
    const agent = await agentWithoutBirthTimes(t)
    agent.append('a.log', 'one\n')
    await agent.ship()
    await agent.rounds(3)
    agent.clock.advance(60 * SECOND)
    agent.rename('a.log', 'a.log.2')
    agent.append('a.log.1', 'two\n')
    written(agent, 'a.log.1', 30)
    agent.append('a.log', 'three\n')
    await agent.crash()
    const { list, peek } = agent.disk
    if (how === 'is missing from')
      agent.disk.list = async (folder) => (await list.call(agent.disk, folder)).filter((name) => name !== 'a.log.1')
    else agent.disk.peek = (path) => (path === agent.path('a.log.1') ? null : peek.call(agent.disk, path))
    await agent.round()
    await agent.crash()
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'three\n', 'two\n'])
  })
}

test('what is born and rotated away while a look goes on comes after what the look met at the path', async (t) => {
  const agent = await startAgent(t)
  // What was made within a tick of the clock has one time of birth: here each has its own.
  const births = new Map<bigint, bigint>()
  agent.disk.alter = (stat) => (stat.kind === 'file' ? { ...stat, birth: births.get(stat.ino) ?? 1n } : stat)
  const make = (text: string): void => {
    agent.append('a.log', text)
    births.set(fs.statSync(agent.path('a.log'), { bigint: true }).ino, BigInt(births.size + 2))
  }
  make('one\n')
  await agent.ship()
  agent.rename('a.log', 'a.log.9')
  make('two\n')
  const list = agent.disk.list.bind(agent.disk)
  let lists = 0
  agent.disk.list = (folder) => {
    if (++lists === 1) {
      agent.rename('a.log', 'a.log.2')
      make('three\n')
      agent.rename('a.log', 'a.log.1')
      make('four\n')
    }
    return list(folder)
  }
  await agent.ship()
  await agent.ship()
  const order = agent.held.flatMap(({ messages }) => messages).map(({ bytes }) => bytes.toString())
  assert.deepEqual(order, ['one\n', 'two\n', 'three\n', 'four\n'])
})

test('a generation that a rotation moved on while its folder was listed comes before those that the look met', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.rounds(2)
  const rotateTwice = (first: string, second: string): void => {
    for (const text of [first, second]) {
      for (let n = 8; n > 0; n--)
        if (fs.existsSync(agent.path(`a.log.${n}`))) agent.rename(`a.log.${n}`, `a.log.${n + 1}`)
      agent.rename('a.log', 'a.log.1')
      agent.append('a.log', text)
    }
  }
  rotateTwice('two\n', 'three\n')
  const list = agent.disk.list.bind(agent.disk)
  let lists = 0
  agent.disk.list = async (folder) => {
    const names = await list(folder)
    // The first is for the file of 'one'. That of 'two' has none of these names any more.
    if (++lists === 2) rotateTwice('four\n', 'five\n')
    return names
  }
  await agent.ship()
  await agent.rounds(2)
  const order = agent.held.flatMap(({ messages }) => messages).map(({ bytes }) => bytes.toString())
  assert.deepEqual(order, ['one\n', 'two\n', 'three\n', 'four\n', 'five\n'])
})
