import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

test('a renamed file is drained first, then the new one at its path ships from 0, nothing twice', async (t) => {
  // P13 duplicate after rename
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'three\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n', 'three\n'])
  agent.assertExact()
  const order = agent.held.flatMap(({ messages }) => messages).map(({ bytes }) => bytes.toString())
  assert.deepEqual(order, ['one\n', 'two\n', 'three\n'])
})

test('a file that was renamed while the agent was down goes on where it stood', async (t) => {
  // P11, P13 rename while stopped
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'three\n')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['one\ntwo\n', 'three\n'])
  agent.assertExact()
})

for (const glob of ['*.log', '*']) {
  test(`a file that was renamed twice between two rounds is still known, with ${glob}`, async (t) => {
    const agent = await startAgent(t)
    await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path(glob) } })
    agent.append('a.log', 'one\n')
    await agent.ship()
    agent.append('a.log', 'two\n')
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', 'three\n')
    agent.rename('a.log.1', 'a.log.2')
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', 'four\n')
    await agent.ship()
    const texts = agent.held.map(({ bytes }) => bytes.toString())
    assert.ok(texts.includes('one\ntwo\n') && texts.includes('four\n'), texts.join('|'))
    agent.assertExact()
  })
}

test('a chain of rotations in front of a slow reader loses nothing and repeats nothing', async (t) => {
  // P10 rotates faster than it can read
  const agent = await startAgent(t, { basic_conf: { read_bytes_per_turn: '1KiB' } })
  const all: string[] = []
  agent.broker.verdict = () => 'hold'
  for (let i = 0; i < 5; i++) {
    const text = `${`file ${i} `.repeat(400)}\n`.repeat(3)
    all.push(text)
    for (let k = i; k > 0; k--) agent.rename(k === 1 ? 'a.log' : `a.log.${k - 1}`, `a.log.${k}`)
    agent.append('a.log', text)
    await agent.round()
  }
  agent.broker.verdict = () => 'ack'
  for (const held of [...agent.broker.held]) held.answer('ack')
  await agent.ship(50)
  assert.deepEqual(agent.shipped('a.log'), all)
  agent.assertExact()
})

test('a file renamed to a name that no glob matches is read to its end', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'old-logs')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  agent.append('old-logs', 'a late writer\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\na late writer\n'])
  agent.assertExact()
})

test('bytes appended before a rename to a name that no glob matches, while the agent was down, are shipped', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'old-logs')
  await agent.crash()
  await agent.ship()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  agent.assertExact()
  assert.deepEqual(agent.eventsNamed('file_gone'), [])
})

test('a file moved to another folder is drained through its handle', async (t) => {
  const agent = await startAgent(t)
  fs.mkdirSync(agent.path('archive'))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'archive/a.log')
  agent.append('a.log', 'three\n')
  await agent.ship()
  agent.append('archive/a.log', 'still written\n')
  await agent.rounds(4)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\nstill written\n', 'three\n'])
  agent.assertExact()
})

test('an unfinished line of a renamed file ships as partial after rotated_quiet, what follows it carries its part', async (t) => {
  // P12 a line cut by a rotation
  const agent = await startAgent(t, { basic_conf: { rotated_quiet: '10s' } })
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  await agent.ship()
  await agent.shipAfter(9_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  await agent.shipAfter(1_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntw'])
  assert.equal(agent.held[0]?.messages.at(-1)?.partial, true)
  agent.append('a.log.1', 'o\n')
  await agent.ship()
  const last = agent.held[0]?.messages.at(-1)
  assert.deepEqual([last?.bytes.toString(), last?.part, last?.last], ['o\n', 2, true])
  agent.assertExact()
})

test('an unfinished line of a file renamed while the agent was down ships after rotated_quiet too', async (t) => {
  const agent = await startAgent(t, { basic_conf: { rotated_quiet: '10s' } })
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  await agent.shipAfter(10_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntw'])
})

test('a file that was renamed long ago still ships its unfinished line after a restart', async (t) => {
  const agent = await startAgent(t, { basic_conf: { rotated_quiet: '10s' } })
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  await agent.ship()
  await agent.crash()
  await agent.ship()
  await agent.crash()
  await agent.ship()
  await agent.shipAfter(10_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntw'])
})

test('a rename from one input to a name of another input is not a new file', async (t) => {
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, 'input:old': { inputpath: agent.path('*.old') } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'a.old')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  assert.equal(agent.files.length, 1)
})

test('two files that exchange their names keep their identities', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'a1\n')
  agent.append('b.log', 'b1\n')
  await agent.ship()
  agent.rename('a.log', 'x.log')
  agent.rename('b.log', 'a.log')
  agent.rename('x.log', 'b.log')
  agent.append('a.log', 'b2\n')
  agent.append('b.log', 'a2\n')
  await agent.ship()
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [['a1\na2\n'], ['b1\nb2\n']])
  agent.assertExact()
})

test('what was renamed or deleted comes before what lives', async (t) => {
  const agent = await startAgent(t)
  const names = ['a.log', 'b.log', 'c.log', 'd.log']
  for (const name of names) agent.append(name, 'one\n')
  await agent.ship()
  const before = agent.broker.taken.length
  for (const name of names) agent.append(name, 'two\n')
  agent.rename('c.log', 'c.old')
  agent.remove('d.log')
  await agent.ship()
  const order = agent.broker.taken.slice(before).map(({ key }) => key)
  assert.deepEqual(order, ['c.log', 'd.log', 'a.log', 'b.log'].map(agent.path))
})

test('where a file was moved to is remembered over a crash, although nothing was shipped since', async (t) => {
  const agent = await startAgent(t)
  fs.mkdirSync(agent.path('archive'))
  await agent.crash({
    ...agent.settings,
    basic_conf: { inputpath: `${agent.path('*.log')};${agent.path('archive/*.log')}` },
  })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.rename('a.log', 'archive/a.log')
  await agent.ship()
  await agent.round()
  agent.append('archive/a.log', 'two\n')
  agent.rename('archive/a.log', 'archive/a.log.1')
  await agent.crash()
  await agent.ship()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})
