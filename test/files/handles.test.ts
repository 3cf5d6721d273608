import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

test('between two rounds no more than max_open_files are open, and all is shipped', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 5 } })
  for (let i = 0; i < 40; i++) agent.append(`${i}.log`, 'one\n')
  for (let i = 0; i < 3; i++) {
    await agent.round()
    assert.ok(agent.disk.handles.size <= 5, `${agent.disk.handles.size} open`)
  }
  for (let i = 0; i < 40; i++) agent.append(`${i}.log`, 'two\n')
  await agent.ship()
  for (let i = 0; i < 40; i++) assert.deepEqual(agent.shipped(`${i}.log`), ['one\ntwo\n'])
  agent.assertExact()
})

test('at a restart with many known files no more than max_open_files are open within a round either', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 20 } })
  for (let i = 0; i < 100; i++) agent.append(`${i}.log`, 'one\n')
  await agent.ship()
  for (let i = 0; i < 100; i++) agent.append(`${i}.log`, 'two\n')
  await agent.crash()
  await agent.ship()
  // One more is open while it is looked at.
  assert.ok(agent.disk.mostHandles <= 20 + 1, `${agent.disk.mostHandles} were open at once`)
  for (let i = 0; i < 100; i++) assert.deepEqual(agent.shipped(`${i}.log`), ['one\ntwo\n'])
  agent.assertExact()
})

test('an idle file has no handle after close_inactive', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '10s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  assert.equal(agent.disk.handles.size, 1)
  await agent.shipAfter(10_000)
  assert.equal(agent.disk.handles.size, 0)
  agent.append('a.log', 'two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('max_open_files never closes what could not be opened again', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 2 } })
  fs.mkdirSync(agent.path('archive'))
  agent.append('moved.log', 'one\n')
  agent.append('deleted.log', 'one\n')
  await agent.ship()
  agent.broker.verdict = () => 'refused'
  agent.append('moved.log', 'two\n')
  agent.append('deleted.log', 'two\n')
  agent.rename('moved.log', 'archive/moved.log')
  agent.remove('deleted.log')
  for (let i = 0; i < 10; i++) agent.append(`${i}.log`, 'one\n')
  await agent.rounds(5)
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assert.deepEqual([agent.shipped('moved.log'), agent.shipped('deleted.log')], [['one\ntwo\n'], ['one\ntwo\n']])
  agent.assertExact()
})

test('a file renamed away between the look and its turn is not mistaken for the one in its place', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 1 } })
  agent.append('a.log', 'a1\n')
  agent.append('b.log', 'b1\n')
  await agent.ship()
  agent.append('b.log', 'b2\n')
  agent.append('a.log', 'a2\n')
  let done = false
  const rotate = (): void => {
    if (done || agent.file('b.log').size < 6 || agent.file('a.log').size < 6) return
    done = true
    for (const name of ['a.log', 'b.log']) {
      agent.rename(name, `${name}.1`)
      agent.append(name, 'of another file\n')
    }
  }
  agent.disk.beforeRead = rotate
  await agent.ship()
  await agent.ship()
  assert.ok(done)
  assert.deepEqual(agent.shipped('a.log'), ['a1\na2\n', 'of another file\n'])
  assert.deepEqual(agent.shipped('b.log'), ['b1\nb2\n', 'of another file\n'])
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
  agent.assertExact()
})
