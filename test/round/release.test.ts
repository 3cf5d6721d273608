import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** Deleted while Kafka takes nothing, seen to be so at second 0. */
async function deleted(t: TestContext, after: string): Promise<TestAgent> {
  const agent = await startAgent(t, { basic_conf: { release_deleted_after: after } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.broker.verdict = () => 'refused'
  agent.append('a.log', 'two\n')
  agent.append('b.log', 'living\n')
  await agent.round({ lasts: 0 })
  agent.remove('a.log')
  await agent.round({ lasts: 0 })
  assert.equal(agent.file('a.log').life, 'deleted')
  return agent
}

const later = async (agent: TestAgent, ms: number): Promise<void> => {
  agent.clock.advance(ms)
  await agent.round({ lasts: 0 })
}

test('a deleted file is let go after release_deleted_after, its rest abandoned with a record', async (t) => {
  const agent = await deleted(t, '10s')
  await later(agent, 9_999)
  assert.equal(agent.file('a.log').lag, 4)
  assert.equal(agent.disk.handles.size, 2)
  await later(agent, 1)
  const file = agent.file('a.log')
  assert.deepEqual([file.life, file.lag, file.totals.shipped, file.totals.abandoned], ['gone', 0, 4, 4])
  assert.equal(agent.disk.handles.size, 1)
  assert.deepEqual(
    agent.eventsNamed('file_released').map(({ held }) => held),
    [10_000],
  )
  assert.deepEqual(
    agent.eventsNamed('file_gone').map(({ abandoned }) => abandoned),
    [4],
  )
  agent.broker.verdict = () => 'ack'
  await agent.shipAfter(60_000)
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [['one\n'], ['living\n']])
})

test('by default a deleted file is held until it is shipped', async (t) => {
  const agent = await deleted(t, '0')
  await later(agent, 7 * 86_400_000)
  agent.broker.verdict = () => 'ack'
  await agent.shipAfter(60_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  assert.deepEqual(agent.eventsNamed('file_released'), [])
})

test('the wall clock has no say in how long a deleted file is held', async (t) => {
  const agent = await deleted(t, '10s')
  agent.clock.wall += 3_600_000
  await later(agent, 5_000)
  assert.equal(agent.file('a.log').lag, 4)
})

test('a batch of a file that was let go is delivered all the same, or abandoned with a record', async (t) => {
  for (const verdict of ['ack', 'too_large'] as const) {
    const agent = await startAgent(t, { basic_conf: { release_deleted_after: '10s' } })
    agent.append('a.log', 'one\n')
    agent.broker.verdict = () => 'hold'
    await agent.round({ lasts: 0 })
    await agent.round()
    agent.append('a.log', 'two\n')
    agent.remove('a.log')
    await agent.round({ lasts: 0 })
    await later(agent, 10_000)
    assert.equal(agent.disk.handles.size, 0)
    agent.broker.verdict = () => 'ack'
    for (const held of [...agent.broker.held]) held.answer(verdict)
    await agent.ship()
    const { totals, lag } = agent.file('a.log')
    assert.equal(lag, 0)
    assert.deepEqual(
      [totals.shipped, totals.dead_lettered, totals.abandoned],
      verdict === 'ack' ? [4, 0, 4] : [0, 4, 4],
    )
  }
})

test('a file that was moved to another folder is not deleted, and stays', async (t) => {
  const agent = await startAgent(t, { basic_conf: { release_deleted_after: '10s' } })
  agent.broker.verdict = () => 'refused'
  agent.append('a.log', 'one\n')
  agent.append('sub/b', 'other\n')
  await agent.round({ lasts: 0 })
  agent.rename('a.log', 'sub/a')
  await agent.round({ lasts: 0 })
  await later(agent, 60_000)
  agent.broker.verdict = () => 'ack'
  await agent.shipAfter(60_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
})
