import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'
import { systemError } from '../harness/disk.ts'
import { recordsIn } from '../harness/records.ts'

test('why a file cannot be read is durable with one write, told once in each process, and gone when it ships again', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  const trouble = (): string | undefined => recordsIn(agent.state).get(agent.file('a.log').id)?.trouble
  const writes = agent.state.appends.length
  await agent.parts.round.look()
  agent.disk.readFault = () => systemError('EIO')
  await agent.round()
  assert.equal(agent.state.appends.length, writes + 1)
  assert.match(trouble() ?? '', /input\/output error \(EIO\)/)
  await agent.rounds(3)
  assert.equal(agent.state.appends.length, writes + 1, 'a trouble that stays is written once')
  assert.equal(agent.eventsNamed('file_unread').length, 1)

  await agent.crash()
  agent.disk.readFault = () => null
  await agent.parts.round.look()
  agent.disk.readFault = () => systemError('EIO')
  await agent.round()
  assert.equal(agent.eventsNamed('file_unread').length, 2, 'a new process tells it too')
  assert.match(trouble() ?? '', /EIO/)

  agent.disk.readFault = () => null
  await agent.ship()
  assert.equal(trouble(), undefined)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('a trouble that is over when the agent starts again does not stay in the state', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  await agent.parts.round.look()
  agent.disk.readFault = () => systemError('EIO')
  await agent.round()
  assert.notEqual(recordsIn(agent.state).get(agent.file('a.log').id)?.trouble, undefined)
  agent.truncate('a.log', 4)
  agent.disk.readFault = () => null
  await agent.crash()
  await agent.ship()
  assert.equal(recordsIn(agent.state).get(agent.file('a.log').id)?.trouble, undefined)
})
