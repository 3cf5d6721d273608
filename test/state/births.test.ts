import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** Durable writes so far: appends to the journals, and files replaced. */
const writes = (agent: TestAgent): number => agent.state.appends.length

test('a birth is durable before the first message that names it', async (t) => {
  const agent = await startAgent(t)
  agent.append('warm.log', 'up\n')
  await agent.ship()
  agent.append('a.log', 'one\n')
  let known = false
  agent.broker.verdict = () => {
    known = String(agent.state.disk.get('births')).includes(agent.path('a.log'))
    return 'ack'
  }
  await agent.ship()
  assert.ok(known)
})

test('a crash after the send and before the checkpoint sends the same range again under the same file id', async (t) => {
  // P16, P17 what is sent again must be recognisable
  const agent = await startAgent(t)
  agent.append('warm.log', 'up\n')
  await agent.ship()
  agent.append('a.log', 'one\n')
  agent.broker.verdict = () => {
    agent.state.full = true
    return 'ack'
  }
  await agent.round()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  agent.broker.verdict = () => 'ack'
  agent.append('a.log', 'two\n')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  const [held] = agent.held.filter(({ filename }) => filename === agent.path('a.log'))
  assert.equal(held?.duplicated, 4)
})

test('while births cannot be written new files wait, and known ones ship on', async (t) => {
  // A full disk
  const agent = await startAgent(t)
  agent.append('known.log', 'one\n')
  await agent.ship()
  agent.state.full = true
  agent.append('known.log', 'two\n')
  agent.append('new.log', 'new\n')
  await agent.rounds(5)
  assert.deepEqual([agent.shipped('known.log'), agent.shipped('new.log')], [['one\ntwo\n'], []])
  assert.equal(agent.eventsNamed('state_failed').length, 1)
  agent.state.full = false
  await agent.shipAfter(5_000)
  await agent.ship()
  assert.deepEqual(agent.shipped('new.log'), ['new\n'])
  assert.equal(agent.eventsNamed('state_recovered').length, 1)
  assert.equal(agent.disk.handles.size, 2)
  agent.assertExact()
})

test('a new file that waits for a full disk does not become two files', async (t) => {
  const agent = await startAgent(t)
  agent.state.full = true
  agent.append('a.log', 'one\n')
  await agent.rounds(3)
  agent.append('a.log', 'two\n')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  assert.equal(agent.files.length, 1)
})

test('births outlive a checkpoint that was lost: all is shipped again under the same file ids', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.state.disk.delete('checkpoint')
  agent.state.disk.delete('checkpoint.previous')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ duplicated, ranges }) => [duplicated, ranges]),
    [[4, [[0, 4]]]],
  )
})

test('a checkpoint outlives births that were lost: nothing is shipped again', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.state.disk.delete('births')
  agent.append('a.log', 'two\n')
  await agent.crash()
  await agent.ship()
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  agent.assertExact()
})

test('a round that moved something costs one durable write, one more with births, an idle one none', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  let before = writes(agent)
  const costs = async (): Promise<number> => {
    before = writes(agent)
    await agent.round()
    return writes(agent) - before
  }
  assert.equal(await costs(), 0)
  const steps = agent.state.steps
  await agent.rounds(3)
  assert.equal(agent.state.steps, steps, 'an idle round leaves the disk alone')
  agent.append('a.log', 'two\n')
  assert.equal(await costs(), 1)
  for (let i = 0; i < 20; i++) agent.append(`${i}.log`, 'new\n')
  assert.equal(await costs(), 2)
  for (let i = 0; i < 20; i++) agent.append(`${i}.log`, 'more\n')
  assert.equal(await costs(), 1)
  agent.append('a.log', 'unfinished')
  assert.equal(await costs(), 1, 'the size that was seen outlives a crash')
  assert.equal(await costs(), 0, 'nothing moved')
})

test('where the births are lost and the checkpoint is not, start_at = end skips nothing', async (t) => {
  const agent = await startAgent(t, { basic_conf: { start_at: 'end' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  await agent.ship()
  agent.state.disk.delete('births')
  agent.append('b.log', 'born while it was down\n')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('b.log'), ['born while it was down\n'])
})
