import assert from 'node:assert/strict'
import fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'
import { systemError } from '../harness/disk.ts'

// What the system will not tell for a while is not absent

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${from + i} ${'.'.repeat(60)}\n`).join('')

/** Of one path: its folder is looked into for siblings alone. */
async function agentFor(t: TestContext): Promise<TestAgent> {
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('a.log') } })
  return agent
}

/** Birth times cannot be set: files are told apart by the times of change alone. */
const withoutBirthTimes = (agent: TestAgent): void => {
  agent.disk.alter = (stat) => ({ ...stat, birth: 0n })
}

function written(agent: TestAgent, name: string, text: string): void {
  agent.append(name, text)
  fs.utimesSync(agent.path(name), agent.clock.wall / 1000, agent.clock.wall / 1000)
}

async function roundsApart(agent: TestAgent, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    agent.clock.advance(10_000)
    await agent.round()
  }
}

test('a file whose folder lets nobody search it is missing, not gone', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(100, 100))
  await agent.round()
  agent.disk.alter = (stat, path) => {
    if (path === agent.path('a.log')) throw systemError('EACCES')
    return stat
  }
  await agent.crash()
  await agent.rounds(4)
  const [missing] = agent.eventsNamed('file_missing')
  assert.match(missing?.reason ?? '', /EACCES/)
  agent.disk.alter = (stat) => stat
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 200)])
  agent.assertExact()
})

test('what Kafka finds too large while its file cannot be reached is cut anew once it can', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 1 } })
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(0, 100))
  await agent.round({ lasts: 0 })
  await agent.round({ lasts: 0 })
  agent.append('b.log', 'another file that needs the handle\n')
  await agent.round({ lasts: 0 })
  agent.disk.alter = (stat, path) => {
    if (path === agent.path('a.log')) throw systemError('EACCES')
    return stat
  }
  await agent.rounds(3)
  assert.equal(agent.file('a.log').life, 'missing')
  agent.broker.verdict = () => 'ack'
  for (const held of [...agent.broker.held]) held.answer('too_large')
  await agent.rounds(2)
  assert.deepEqual(agent.eventsNamed('chunk_abandoned'), [])
  agent.disk.alter = (stat) => stat
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 100)])
  agent.assertExact()
})

const faults: readonly [string, (agent: TestAgent) => void][] = [
  [
    'its folder could not be listed',
    (agent) => (agent.disk.fault = (path) => (path === agent.folder ? systemError('EMFILE') : null)),
  ],
  [
    'it could not be looked at',
    (agent) =>
      (agent.disk.alter = (stat, path) => {
        if (path === agent.path('a.log.1')) throw systemError('EACCES')
        return { ...stat, birth: 0n }
      }),
  ],
]

for (const [what, fail] of faults) {
  test(`a file that was rotated away unseen is shipped, although for a while ${what}`, async (t) => {
    const agent = await agentFor(t)
    withoutBirthTimes(agent)
    written(agent, 'a.log', 'one\n')
    await agent.ship()
    await roundsApart(agent, 2)
    agent.rename('a.log', 'a.log.2')
    written(agent, 'a.log.1', 'two\n')
    written(agent, 'a.log', 'three\n')
    fail(agent)
    await roundsApart(agent, 5)
    agent.disk.fault = () => null
    withoutBirthTimes(agent)
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'three\n', 'two\n'])
  })
}

test('a new file that could not be opened until it was rotated away is shipped under its rotated name', async (t) => {
  const agent = await startAgent(t)
  withoutBirthTimes(agent)
  written(agent, 'a.log', 'one\n')
  await agent.ship()
  agent.disk.fault = (path) => (path === agent.path('b.log') ? systemError('EMFILE') : null)
  written(agent, 'b.log', 'two\n')
  await roundsApart(agent, 5)
  agent.rename('b.log', 'b.log.1')
  agent.disk.fault = (path) => (path === agent.path('b.log.1') ? systemError('EMFILE') : null)
  await roundsApart(agent, 5)
  agent.disk.fault = () => null
  await agent.ship()
  assert.deepEqual(agent.shipped('b.log'), ['two\n'])
})

test('a look that fails half way forgets nothing that was rotated away unseen', async (t) => {
  const agent = await startAgent(t, { basic_conf: { copy_hold: '60s' } })
  withoutBirthTimes(agent)
  written(agent, 'a.log', 'one\n')
  written(agent, 'c.log', lines(0, 100))
  await agent.ship()
  await roundsApart(agent, 2)
  fs.copyFileSync(agent.path('c.log'), agent.path('held.log'))
  agent.rename('a.log', 'a.log.2')
  written(agent, 'a.log.1', 'two\n')
  const open = agent.disk.open.bind(agent.disk)
  agent.disk.open = async (path) => {
    const handle = await open(path)
    if (path !== agent.path('held.log')) return handle
    const close = async (): Promise<void> => {
      await handle.close()
      throw systemError('EIO')
    }
    return { ...handle, close }
  }
  await assert.rejects(agent.round(), { code: 'EIO' })
  agent.disk.open = open
  await roundsApart(agent, 5)
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'two\n'])
})
