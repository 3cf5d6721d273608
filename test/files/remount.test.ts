import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAgent, startAgent, type TestAgent } from '../harness/agent.ts'
import { systemError } from '../harness/disk.ts'

test('after a remount a file is read through a new handle', async (t) => {
  const agent = await newAgent(t)
  let stale = false
  let generation = 0
  const open = agent.disk.open.bind(agent.disk)
  agent.disk.open = async (path) => {
    const inner = await open(path)
    const mine = generation
    const read = inner.read
    inner.read = async (...args) => {
      if (stale && mine === 0) throw systemError('EIO')
      return read(...args)
    }
    return inner
  }
  await agent.start()
  agent.append('a.log', 'one\n')
  await agent.ship()
  generation = 1
  stale = true
  agent.disk.alter = (stat) => ({ ...stat, dev: stat.dev + 7n })
  agent.append('a.log', 'two\n')
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('two devices that exchanged their numbers at a reboot keep their files', async (t) => {
  const agent = await startAgent(t)
  let swapped = false
  agent.disk.alter = (stat, path) => {
    if (!path.endsWith('.log')) return stat
    const isX = path.includes('/x/')
    return { ...stat, ino: 5n, birth: isX ? 1n : 2n, dev: isX === swapped ? 101n : 102n }
  }
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('**/*.log') } })
  agent.append('x/a.log', 'x one\n')
  agent.append('y/a.log', 'y one\n')
  await agent.ship()
  assert.equal(agent.files.length, 2)
  agent.append('x/a.log', 'x two\n')
  agent.append('y/a.log', 'y two\n')
  swapped = true
  await agent.crash()
  await agent.ship()
  await agent.ship()
  assert.deepEqual([agent.shipped('x/a.log'), agent.shipped('y/a.log')], [['x one\nx two\n'], ['y one\ny two\n']])
  assert.equal(agent.files.length, 2)
})

/** Folders `x` and `y` are volumes of their own, on which one inode number is in use; what is returned exchanges their device numbers. */
function onTwoDevices(agent: TestAgent): () => void {
  let swapped = false
  agent.disk.alter = (stat, path) => {
    const [, volume] = /\/([xy])(?:\/|$)/.exec(path) ?? []
    if (volume === undefined) return stat
    const dev = (volume === 'x') === swapped ? 101n : 102n
    return stat.kind === 'file' ? { ...stat, ino: 5n, birth: volume === 'x' ? 1n : 2n, dev } : { ...stat, dev }
  }
  return () => {
    swapped = true
  }
}

for (const first of ['x', 'y']) {
  test(`two devices that exchanged their numbers keep their files over a restart, though that of ${first} is mounted later`, async (t) => {
    const agent = await startAgent(t)
    const swap = onTwoDevices(agent)
    await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('[xy]/*.log') } })
    agent.append('x/a.log', 'x one\n')
    agent.append('y/a.log', 'y one\n')
    await agent.ship()
    agent.append('x/a.log', 'x two\n')
    agent.append('y/a.log', 'y two\n')
    swap()
    agent.rename(first, 'unmounted')
    for (let starts = 0; starts < 3; starts++) {
      await agent.crash()
      await agent.ship()
      await agent.rounds(3)
    }
    agent.rename('unmounted', first)
    await agent.ship()
    await agent.rounds(3)
    assert.deepEqual([agent.shipped('x/a.log'), agent.shipped('y/a.log')], [['x one\nx two\n'], ['y one\ny two\n']])
    assert.equal(agent.files.length, 2)
    agent.assertExact()
  })
}

test('a file keeps its inode over a restart, though its device has the number now that a deleted file was on', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '1s', rotated_quiet: '1s' } })
  const swap = onTwoDevices(agent)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('[xy]/*.log'), close_inactive: '1s' } })
  agent.append('y/a.log', 'y one\n')
  await agent.ship()
  agent.append('x/a.log', 'x one\n')
  await agent.ship()
  agent.remove('x/a.log')
  for (let i = 0; i < 4; i++) await agent.shipAfter(2_000)
  swap()
  for (let starts = 0; starts < 3; starts++) {
    await agent.crash()
    await agent.ship()
    await agent.rounds(3)
  }
  assert.deepEqual(agent.shipped('y/a.log'), ['y one\n'])
})

test('a file renamed to a name that no glob matches while its device got another number is read to its end', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  await agent.crash()
  agent.rename('a.log', 'a.old')
  agent.append('a.log', 'another\n')
  agent.disk.alter = (stat) => ({ ...stat, dev: stat.dev + 7n })
  await agent.ship()
  await agent.rounds(2)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n', 'another\n'])
  assert.equal(agent.files.length, 2)
  agent.assertExact()
})

test('of two files that had one inode, it is the later one that is found again after a reboot', async (t) => {
  const agent = await startAgent(t)
  let dev = 41n
  agent.disk.alter = (stat) => ({ ...stat, dev })
  await agent.crash()
  const header = `${'same header '.repeat(100)}\n`
  agent.append('a.log', `${header}first\n`)
  agent.broker.verdict = () => 'hold'
  await agent.round()
  dev = 51n
  agent.truncate('a.log')
  await agent.crash()
  agent.broker.verdict = () => 'ack'
  await agent.round()
  agent.append('a.log', `${header}second\n`)
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), [`${header}second\n`])
  dev = 61n
  await agent.crash()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), [`${header}second\n`])
})
