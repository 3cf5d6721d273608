import assert from 'node:assert/strict'
import { linkSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ship } from '../src/shipping.ts'
import { startAgent, type TestAgent } from './harness/agent.ts'

/** As after a SIGTERM. */
const leaveNow = (agent: TestAgent): ReturnType<typeof ship> =>
  ship(agent.parts, { stop: AbortSignal.abort('SIGTERM'), once: false })

test('an unfinished line that is cut off while the agent leaves is not waited for', async (t) => {
  const agent = await startAgent(t)
  const long = `${'x'.repeat(1_500)}\n`
  agent.append('a.log', `${long}unfin`)
  await agent.ship()
  let looks = 0
  const look = agent.parts.round.look.bind(agent.parts.round)
  agent.parts.round.look = () => {
    if (++looks === 2) agent.truncate('a.log', long.length)
    return look()
  }
  const before = agent.clock.wall
  const left = await leaveNow(agent)
  assert.deepEqual(left, { bytes: 0, files: 0 })
  assert.ok(agent.clock.wall - before < 10_000)
})

test('leaving, the state is tried once more, however short ago it could not be written', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.state.full = true
  agent.append('a.log', 'two\n')
  await agent.ship()
  agent.state.full = false
  await leaveNow(agent)
  await agent.crash()
  await agent.ship()
  agent.assertExact()
})

test('leaving tells of new files that wait since the disk of the state is full', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.state.full = true
  agent.append('b.log', 'two\n')
  const left = await ship(agent.parts, { stop: new AbortController().signal, once: true })
  assert.deepEqual(left, { bytes: 4, files: 1 })
})

test('an unfinished last line is no reason to stay, and is named with its bytes', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\nunfinished')
  assert.deepEqual(await leaveNow(agent), { bytes: 0, files: 0 })
  assert.deepEqual(
    agent.eventsNamed('stopped').map(({ left, waiting }) => [left, waiting]),
    [[0, 10]],
  )
})

test('looks that take longer than a step of leaving do not keep it from shipping', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  const look = agent.parts.round.look.bind(agent.parts.round)
  agent.parts.round.look = async () => {
    agent.clock.advance(500)
    return (await look()) + 500
  }
  agent.append('a.log', 'two\n')
  agent.append('b.log', 'three\n')
  assert.deepEqual(await leaveNow(agent), { bytes: 0, files: 0 })
  assert.deepEqual(agent.shipped('b.log'), ['three\n'])
})

test('what was rotated and compressed while the agent was down is shipped before it leaves', async (t) => {
  const agent = await startAgent(t, { shutdown_conf: { shutdown_quiet: '0s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.rounds(2)
  agent.clock.wall = Date.now() + 10_000
  agent.rename('a.log', 'a.log.2')
  writeFileSync(agent.path('a.log.1.gz'), gzipSync('two\n'))
  agent.append('a.log', 'three\n')
  await agent.crash()
  assert.deepEqual(await leaveNow(agent), { bytes: 0, files: 0 })
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'three\n', 'two\n'])
})

test('what came behind bytes that Kafka refuses in the end is not left to be sent twice', async (t) => {
  const agent = await startAgent(t, {
    kafka_conf: { partitioner: 'round_robin' },
    message_conf: { max_message_length: '4KiB' },
  })
  agent.broker.partitions = 2
  agent.append('a.log', 'one\n')
  await agent.ship()
  const began = agent.clock.wall
  let refused = false
  agent.broker.verdict = ({ values }) => {
    if (refused || !values.some((value) => value.includes('aaa'))) return 'ack'
    // Until nothing but this answer is waited for.
    if (agent.clock.wall - began < 5_000) return 'unknown'
    refused = true
    return 'too_large'
  }
  let looks = 0
  const look = agent.parts.round.look.bind(agent.parts.round)
  agent.parts.round.look = () => {
    // After it was decided what is to be shipped before it leaves.
    if (++looks === 2) agent.append('a.log', ['aaa', 'b', 'c', 'd'].map((one) => `${one.repeat(1_000)}\n`).join(''))
    return look()
  }
  assert.deepEqual(await leaveNow(agent), { bytes: 0, files: 0 })
  assert.ok(refused)
  assert.equal(agent.file('a.log').lag, 0)
})

test('what a read finds to be another file while it leaves is given up or shipped before it has left', async (t) => {
  const agent = await startAgent(t, { shutdown_conf: { shutdown_quiet: '0s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  // After the look of leaving, before the read: the same file, but its bytes are others.
  const look = agent.parts.round.look.bind(agent.parts.round)
  let looks = 0
  agent.parts.round.look = async () => {
    const took = await look()
    if (++looks === 2) writeFileSync(agent.path('a.log'), 'another file altogether\n')
    return took
  }
  assert.deepEqual(await leaveNow(agent), { bytes: 0, files: 0 })
  assert.ok(agent.shipped('a.log').includes('another file altogether\n'))
})

test('an unseen generation that was compressed is shipped before it leaves, although its path’s own file is sought at first', async (t) => {
  const agent = await startAgent(t, { shutdown_conf: { shutdown_quiet: '0s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.rounds(2)
  agent.clock.wall = Date.now() + 10_000
  // Its inode is not given to another file, which would tell at once that it is gone.
  linkSync(agent.path('a.log'), join(mkdtempSync(join(tmpdir(), 'pannier-kept-')), 'a'))
  writeFileSync(agent.path('a.log.2.gz'), gzipSync('one\n'))
  agent.remove('a.log')
  writeFileSync(agent.path('a.log.1.gz'), gzipSync('two\n'))
  agent.append('a.log', 'three\n')
  await agent.crash()
  assert.deepEqual(await leaveNow(agent), { bytes: 0, files: 0 })
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\n', 'three\n', 'two\n'])
})
