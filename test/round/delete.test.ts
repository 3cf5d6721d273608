import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

test('a deleted file with nothing pending is given back its disk space', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '10s', rotated_quiet: '10s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.remove('a.log')
  await agent.shipAfter(11_000)
  await agent.rounds(3)
  assert.equal(agent.disk.handles.size, 0)
  assert.deepEqual(
    agent.eventsNamed('file_gone').map(({ abandoned }) => abandoned),
    [0],
  )
})

test('what a deleted file still held is shipped through its handle', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.remove('a.log')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  agent.assertExact()
})

test('the unfinished line of a deleted file ships as partial after rotated_quiet', async (t) => {
  const agent = await startAgent(t, { basic_conf: { rotated_quiet: '10s' } })
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  agent.remove('a.log')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  await agent.shipAfter(10_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntw'])
  assert.equal(agent.held[0]?.messages.at(-1)?.partial, true)
})

test('a file deleted while its acks are held back is drained all the same', async (t) => {
  const agent = await startAgent(t, { basic_conf: { read_bytes_per_turn: '1KiB' } })
  const text = `${'x'.repeat(99)}\n`.repeat(30_000)
  agent.append('a.log', text)
  agent.broker.verdict = () => 'hold'
  await agent.round()
  agent.remove('a.log')
  await agent.rounds(3)
  agent.append('b.log', 'found meanwhile\n')
  await agent.round()
  assert.equal(agent.file('b.log').size, 16, 'discovery goes on while nothing is acked')
  assert.equal(agent.file('a.log').life, 'deleted')
  agent.broker.verdict = () => 'ack'
  for (const held of [...agent.broker.held]) held.answer('ack')
  await agent.ship(50)
  assert.deepEqual(agent.shipped('a.log'), [text])
  assert.deepEqual(agent.shipped('b.log'), ['found meanwhile\n'])
  agent.assertExact()
})

test('a file deleted while the agent was down is gone: its unread bytes are abandoned, with a record', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  agent.remove('a.log')
  await agent.crash()
  await agent.rounds(3)
  assert.deepEqual(
    agent.eventsNamed('file_gone').map(({ abandoned }) => abandoned),
    [2],
  )
  assert.deepEqual(agent.file('a.log').totals, { shipped: 4, filtered: 0, dead_lettered: 0, abandoned: 2 })
})

test('a file deleted and made again at the same path is another file', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.remove('a.log')
  agent.append('a.log', 'one\ntwo\nthree\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\ntwo\n', 'one\ntwo\nthree\n'])
  agent.assertExact()
})

test('a file that one look misses, as a rename may hide it from a listing, is not given up', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\nunfin')
  await agent.ship()
  await agent.crash()
  agent.rename('a.log', '../hidden-for-a-moment')
  await agent.round()
  agent.rename('../hidden-for-a-moment', 'a.log')
  agent.append('a.log', 'ished\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\nunfinished\n'])
  assert.deepEqual(agent.eventsNamed('file_gone'), [])
  agent.assertExact()
})

test('bytes that were seen before a crash are abandoned with a record when their file is gone after it', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', 'two\n')
  await agent.rounds(2)
  agent.remove('a.log')
  await agent.crash()
  agent.broker.verdict = () => 'ack'
  await agent.rounds(4)
  assert.deepEqual(
    agent.eventsNamed('file_gone').map(({ abandoned }) => abandoned),
    [4],
  )
})

test('what is written to a deleted file within close_inactive is shipped', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  const fd = fs.openSync(agent.path('a.log'), 'a')
  t.after(() => fs.closeSync(fd))
  agent.remove('a.log')
  await agent.ship()
  await agent.shipAfter(60_000)
  fs.writeSync(fd, 'two\n')
  await agent.ship()
  await agent.round()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})
