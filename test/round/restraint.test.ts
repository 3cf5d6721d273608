// What is held back although it could be sent: an input that has used up its rate, lines that wait for a fuller message.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leave } from '../../src/leave.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const RATE = 10_000

const lines = (count: number, tag = 'x'): string =>
  Array.from({ length: count }, (_, index) => `${String(index).padStart(8, '0')} ${tag.repeat(90)}\n`).join('')

const bytesOf = (agent: TestAgent, name: string): number => agent.shipped(name).join('').length

/** Milliseconds of the injected clock that `work` takes. */
async function spent(agent: TestAgent, work: () => Promise<unknown>): Promise<number> {
  const { clock } = agent.parts.world
  const began = clock.monotonic()
  await work()
  return clock.monotonic() - began
}

test('rate_limit slows an input to so many bytes a second and drops none; another input goes on unhindered', async (t) => {
  const agent = await startAgent(t, {
    message_conf: { rate_limit: RATE, max_message_length: 2_000 },
    'input:free': { inputpath: '/nowhere', rate_limit: 0 },
  })
  agent.settings = { ...agent.settings, 'input:free': { inputpath: agent.path('free/*.log'), rate_limit: 0 } }
  agent.append('app.log', lines(600))
  agent.append('free/other.log', lines(600, 'y'))
  await agent.crash(agent.settings)
  let seconds = 0
  for (; bytesOf(agent, 'app.log') < 60_000; seconds++) {
    assert.ok(seconds < 20, 'it does not get on')
    await agent.round()
    const shipped = bytesOf(agent, 'app.log')
    // A second's worth was saved up at the start, and a read ends with a message.
    assert.ok(shipped <= RATE * (seconds + 2) + 2_000, `${shipped} bytes after ${seconds + 1} s`)
    if (seconds > 0)
      assert.ok(shipped >= Math.min(60_000, RATE * (seconds - 1)), `only ${shipped} bytes after ${seconds + 1} s`)
    assert.equal(bytesOf(agent, 'free/other.log'), 60_000)
  }
  assert.ok(seconds >= 5, `60,000 bytes took ${seconds} s at 10,000 a second`)
  await agent.ship()
  agent.assertExact()
})

test('a limited input is read at its rate also where a round takes a minute', async (t) => {
  const agent = await startAgent(t, { message_conf: { rate_limit: RATE, max_message_length: 2_000 } })
  agent.append('app.log', lines(600))
  const took = await spent(agent, () => agent.round({ lasts: 60_000 }))
  assert.equal(bytesOf(agent, 'app.log'), 60_000)
  assert.ok(took >= 3_500 && took <= 6_000, `${took} ms`)
})

test('with linger lines wait that long since they were first seen, together with those that come meanwhile', async (t) => {
  const agent = await startAgent(t, { message_conf: { linger: '2500ms' } })
  agent.append('app.log', lines(3))
  await agent.round()
  agent.append('app.log', lines(2))
  await agent.round()
  assert.deepEqual(agent.shipped('app.log'), [])
  const took = await spent(agent, () => agent.ship())
  assert.ok(took >= 400 && took <= 600, `${took} ms`)
  assert.equal(agent.broker.sends, 1)
  assert.equal(bytesOf(agent, 'app.log'), 500)
  // What comes now is new.
  agent.append('app.log', lines(1))
  assert.ok((await spent(agent, () => agent.ship())) >= 2_000)
  agent.assertExact()
})

test('a linger that is shorter than a round ends within it', async (t) => {
  const agent = await startAgent(t, { message_conf: { linger: '300ms' } })
  agent.append('app.log', lines(3))
  const took = await spent(agent, () => agent.round())
  assert.equal(bytesOf(agent, 'app.log'), 300)
  assert.ok(took >= 300 && took <= 400, `${took} ms`)
})

test('lines that fill a message do not linger, nor do those of a file that was renamed away', async (t) => {
  const agent = await startAgent(t, { message_conf: { linger: '1h', max_message_length: 2_000 } })
  agent.append('full.log', lines(25))
  agent.append('old.log', lines(2, 'z'))
  await agent.round()
  assert.equal(bytesOf(agent, 'full.log'), 2_500)
  assert.deepEqual(agent.shipped('old.log'), [])
  agent.rename('old.log', 'old.log.1')
  await agent.round()
  assert.equal(bytesOf(agent, 'old.log'), 200)
})

test('nothing lingers when the agent leaves; what its rate does not let it ship in time is told', async (t) => {
  const options = { why: 'SIGTERM', quiet: 0, flushPartial: false }
  const lingering = await startAgent(t, { message_conf: { linger: '1h' } })
  lingering.append('app.log', lines(3))
  assert.deepEqual(await leave(lingering.parts, { ...options, deadline: () => 20_000 }), { bytes: 0, files: 0 })
  const limited = await startAgent(t, { message_conf: { rate_limit: RATE, max_message_length: 2_000 } })
  limited.append('app.log', lines(600))
  const left = await leave(limited.parts, { ...options, deadline: () => 3_000 })
  assert.equal(left.files, 1)
  assert.equal(left.bytes, 60_000 - bytesOf(limited, 'app.log'))
  assert.ok(left.bytes > 15_000 && left.bytes < 35_000, `${left.bytes} bytes are left`)
})
