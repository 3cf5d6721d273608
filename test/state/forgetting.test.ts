import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const DAY = 86_400_000
const keep = (sessions: number) => ({
  session_conf: { keep_sessions: sessions, timezone: 'UTC' },
  basic_conf: { close_inactive: '1s', rotated_quiet: '1s' },
})

async function days(agent: TestAgent, count: number): Promise<void> {
  for (let day = 0; day < count; day++) {
    await agent.shipAfter(DAY)
    await agent.rounds(3)
  }
}

test('a settled file that is gone is forgotten after two rollovers, not after one', async (t) => {
  const agent = await startAgent(t, keep(1))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.remove('a.log')
  await agent.shipAfter(2_000)
  await agent.rounds(4)
  await days(agent, 1)
  assert.equal(agent.files.length, 1)
  await days(agent, 2)
  assert.equal(agent.files.length, 0)
  await agent.crash()
  assert.equal(agent.files.length, 0)
})

test('a file that is gone is not forgotten before keep_sessions', async (t) => {
  const agent = await startAgent(t, keep(5))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.remove('a.log')
  await agent.shipAfter(2_000)
  await agent.rounds(4)
  await days(agent, 4)
  assert.equal(agent.files.length, 1)
  await days(agent, 2)
  assert.equal(agent.files.length, 0)
})

test('restarts between the rollovers do not put the forgetting off', async (t) => {
  const agent = await startAgent(t, keep(3))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.remove('a.log')
  await agent.shipAfter(2_000)
  await agent.rounds(4)
  for (let day = 0; day < 5; day++) {
    await days(agent, 1)
    await agent.crash()
  }
  assert.equal(agent.files.length, 0)
})

test('an idle file that is still there is never forgotten', async (t) => {
  // P17 everything is sent again
  const agent = await startAgent(t, keep(1))
  agent.append('a.log', 'one\n')
  await agent.ship()
  await days(agent, 8)
  agent.append('a.log', 'two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('a file renamed to a name that no glob matches is not forgotten while it is there', async (t) => {
  const agent = await startAgent(t, keep(1))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.rename('a.log', 'a.old')
  await days(agent, 8)
  agent.rename('a.old', 'b.log')
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ bytes }) => bytes.toString()),
    ['one\n'],
  )
})

for (const [what, hide, unhide] of [
  [
    'whose folder cannot be listed',
    (agent: TestAgent) => {
      agent.disk.fault = (path) =>
        path === agent.folder ? Object.assign(new Error('EACCES'), { code: 'EACCES' }) : null
    },
    (agent: TestAgent) => {
      agent.disk.fault = () => null
    },
  ],
  [
    'whose volume is not mounted',
    (agent: TestAgent) => {
      agent.disk.alter = (stat) => ({ ...stat, dev: stat.dev + 1n })
    },
    (agent: TestAgent) => {
      agent.disk.alter = (stat) => stat
    },
  ],
] as const) {
  test(`a file that was gone, ${what} at the rollovers, is not forgotten`, async (t) => {
    // P8 blindness is not absence
    const agent = await startAgent(t, keep(1))
    agent.append('a.log', 'one\n')
    await agent.ship()
    agent.rename('a.log', '../elsewhere')
    t.after(() => fs.rmSync(agent.path('../elsewhere'), { force: true }))
    await agent.shipAfter(2_000)
    await agent.rounds(4)
    assert.equal(agent.file('a.log').life, 'gone')
    hide(agent)
    await days(agent, 6)
    unhide(agent)
    fs.renameSync(agent.path('../elsewhere'), agent.path('a.log'))
    agent.append('a.log', 'two\n')
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  })
}
