import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../src/observe/events.ts'
import { ship } from '../../src/shipping.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const words = (agent: TestAgent, name: Parameters<TestAgent['eventsNamed']>[0]): string[] =>
  agent.eventsNamed(name).map((event) => describe(event).text)

async function leave(agent: TestAgent): Promise<void> {
  const stop = new AbortController()
  stop.abort('SIGTERM')
  await ship(agent.parts, { stop: stop.signal, once: false })
}

test('bytes that are abandoned are named with their range', async (t) => {
  const agent = await startAgent(t)
  const long = `${'x'.repeat(1_500)}\n`
  agent.append('a.log', `${long}unfinished`)
  agent.append('b.log', 'one\nunfin')
  agent.append('c.log', 'one\nunfinish')
  await agent.ship()
  agent.truncate('a.log', long.length)
  agent.truncate('c.log')
  await agent.ship()
  const [cut] = words(agent, 'file_shrunk')
  assert.match(cut ?? '', /a\.log was cut to 1501 bytes; 10 bytes of it in \[1501, 1511\) were not read/)
  const [ended] = words(agent, 'file_ended')
  assert.match(ended ?? '', /c\.log was truncated: .*; 8 bytes of it in \[4, 12\) were not read and are abandoned/)
  await agent.crash()
  agent.remove('b.log')
  await agent.rounds(3)
  const [gone] = words(agent, 'file_gone')
  assert.match(gone ?? '', /b\.log is gone; 5 bytes of it in \[4, 9\) were not read and are abandoned/)
})

test('the last line tells of what was abandoned since the start', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\nunfinish')
  await agent.ship()
  agent.truncate('a.log')
  agent.append('b.log', 'one\nun')
  await agent.ship()
  await leave(agent)
  assert.deepEqual(words(agent, 'stopped'), [
    'stopped, all shipped, but for 2 bytes of unfinished last lines, and 8 bytes were abandoned since the start',
  ])
  await agent.crash()
  agent.append('b.log', 'finished\n')
  await leave(agent)
  assert.equal(words(agent, 'stopped').at(-1), 'stopped, all shipped')
})
