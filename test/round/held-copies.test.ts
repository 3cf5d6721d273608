import assert from 'node:assert/strict'
import fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

// P11 what looks like a copy, and is none

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${from + i} ${'.'.repeat(60)}\n`).join('')

async function agentFor(t: TestContext): Promise<TestAgent> {
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('*'), copy_hold: '60s' } })
  return agent
}

for (const bytes of [lines(0, 100).length, 3000]) {
  test(`a held copy that is written anew, to ${bytes} bytes, is compared anew`, async (t) => {
    const agent = await agentFor(t)
    agent.append('a.log', lines(0, 100))
    await agent.ship()
    fs.copyFileSync(agent.path('a.log'), agent.path('b'))
    await agent.rounds(2)
    const anew = lines(500, 100).slice(0, bytes - 1) + '\n'
    fs.writeFileSync(agent.path('b'), anew)
    await agent.ship()
    await agent.shipAfter(60_000)
    assert.deepEqual(agent.shipped('b'), [anew])
  })
}

test('a held copy whose original is renamed is no file of its own', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  fs.copyFileSync(agent.path('a.log'), agent.path('b'))
  await agent.round()
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'its successor\n')
  await agent.ship()
  await agent.shipAfter(60_000)
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 100), 'its successor\n'])
  assert.deepEqual(agent.shipped('b'), [])
})

test('a new file that begins with the same short header as a truncated one is no copy of it', async (t) => {
  const agent = await agentFor(t)
  agent.append('app.log', '#header\n')
  await agent.ship()
  agent.truncate('app.log')
  agent.append('app-error.log', '#header\nan error\n')
  await agent.ship()
  agent.append('app.log', '#header\nnext\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('app-error.log'), ['#header\nan error\n'])
  assert.deepEqual(agent.shipped('app.log'), ['#header\n', '#header\nnext\n'])
})

test('a new file that is compared while it is renamed away is not taken for a copy of what its path leads to by then', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 16, copy_hold: '5s' } })
  await agent.crash({
    ...agent.settings,
    basic_conf: { inputpath: agent.path('*'), max_open_files: 16, copy_hold: '5s' },
  })
  agent.broker.verdict = () => 'hold'
  for (let n = 10; n <= 30; n++) agent.append(`${n}.log`, 'line\n')
  const head = 'the same first lines\n'.repeat(100)
  agent.append('a.log', `${head}${'of the first\n'.repeat(10)}`)
  await agent.rounds(2)
  agent.append('a.log.1', `${head}of another\n`)
  const open = agent.disk.open.bind(agent.disk)
  let opened = 0
  agent.disk.open = async (path) => {
    if (path === agent.path('a.log.1') && ++opened === 2) {
      agent.rename('a.log.1', 'a.log.2')
      agent.rename('a.log', 'a.log.1')
    }
    return open(path)
  }
  await agent.round()
  assert.equal(opened >= 2, true)
  agent.broker.verdict = () => 'ack'
  for (const held of [...agent.broker.held]) held.answer('ack')
  for (let i = 0; i < 5; i++) await agent.shipAfter(2_000)
  const came = agent.held.map(({ bytes }) => bytes.toString()).filter((text) => text.endsWith('of another\n'))
  assert.deepEqual(came, [`${head}of another\n`])
})
