import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const kinds: Record<string, (agent: TestAgent, from: string, to: string) => void> = {
  'hard link': (agent, from, to) => fs.linkSync(agent.path(from), agent.path(to)),
  'symbolic link': (agent, from, to) => fs.symlinkSync(agent.path(from), agent.path(to)),
}

for (const [kind, link] of Object.entries(kinds)) {
  for (const [where, name] of [
    ['after', 'z.log'],
    ['before', 'a.log'],
  ] as const) {
    test(`a file with a ${kind} that sorts ${where} it is shipped once, also after a restart`, async (t) => {
      const agent = await startAgent(t)
      agent.append('m.log', 'one\n')
      link(agent, 'm.log', name)
      await agent.ship()
      agent.append('m.log', 'two\n')
      await agent.ship()
      await agent.crash()
      agent.append('m.log', 'three\n')
      await agent.ship()
      assert.deepEqual(
        agent.held.map(({ bytes }) => bytes.toString()),
        ['one\ntwo\nthree\n'],
      )
      assert.equal(agent.files.length, 1)
      agent.assertExact()
    })

    test(`a ${kind} made later, sorting ${where} the file, changes nothing`, async (t) => {
      const agent = await startAgent(t)
      agent.append('m.log', 'one\nunfinished')
      await agent.ship()
      link(agent, 'm.log', name)
      await agent.ship()
      await agent.crash()
      await agent.shipAfter(3_600_000)
      assert.deepEqual(agent.shipped('m.log'), ['one\n'])
      assert.equal(agent.file('m.log').life, 'living')
      assert.deepEqual(agent.eventsNamed('file_renamed'), [])
    })
  }
}

test('a rename of one of two hard links ships nothing twice', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  fs.linkSync(agent.path('a.log'), agent.path('b.log'))
  await agent.ship()
  agent.rename('a.log', 'c.log')
  agent.append('c.log', 'two\n')
  await agent.ship()
  agent.rename('b.log', 'd.log')
  agent.append('d.log', 'three\n')
  await agent.ship()
  assert.deepEqual(
    agent.held.map(({ bytes }) => bytes.toString()),
    ['one\ntwo\nthree\n'],
  )
  agent.assertExact()
})

test('a symbolic link that is pointed at another file: the old one is drained, the new one ships from 0', async (t) => {
  // Fluent Bit: symlink_target_rotation
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('current.log') } })
  agent.append('app-1.txt', 'one\n')
  fs.symlinkSync('app-1.txt', agent.path('current.log'))
  await agent.ship()
  agent.append('app-1.txt', 'two\n')
  agent.append('app-2.txt', 'three\n')
  fs.rmSync(agent.path('current.log'))
  fs.symlinkSync('app-2.txt', agent.path('current.log'))
  await agent.ship()
  assert.deepEqual(agent.shipped('current.log'), ['one\ntwo\n', 'three\n'])
  agent.assertExact()
})

test('a file that two globs and two inputs name is shipped once, by the first input', async (t) => {
  const agent = await startAgent(t)
  const inputpath = `${agent.path('*.log')};${agent.path('a*')};${agent.path('a.log')}`
  await agent.crash({
    ...agent.settings,
    basic_conf: { inputpath },
    'input:more': { inputpath: agent.path('**/*'), topic: 'more' },
  })
  agent.append('a.log', 'one\n')
  await agent.ship()
  assert.deepEqual(
    agent.broker.taken.map(({ topic }) => topic),
    ['logs'],
  )
  agent.assertExact()
})

test('a link in a circle is named once, and the other files are shipped', async (t) => {
  const agent = await startAgent(t)
  fs.symlinkSync('loop.log', agent.path('loop.log'))
  fs.symlinkSync('nothing', agent.path('dangling.log'))
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  assert.deepEqual(
    agent.eventsNamed('file_unreadable').map(({ path }) => path),
    [agent.path('loop.log')],
  )
})

test('what a link leads to is renamed between two looks at it: it is sought beside itself, not beside the link', async (t) => {
  const agent = await startAgent(t)
  agent.append('data/a.txt', 'one\n')
  fs.symlinkSync(agent.path('data/a.txt'), agent.path('link.log'))
  await agent.ship()
  agent.append('data/a.txt', 'two\n')
  const open = agent.disk.open.bind(agent.disk)
  agent.disk.open = async (path) => {
    const handle = await open(path)
    if (path !== agent.path('link.log') || fs.existsSync(agent.path('data/a.txt.1'))) return handle
    agent.rename('data/a.txt', 'data/a.txt.1')
    agent.append('data/a.txt', 'three\n')
    return handle
  }
  await agent.rounds(2)
  await agent.ship()
  assert.deepEqual(
    agent.eventsNamed('file_renamed').map(({ to }) => to),
    [agent.path('data/a.txt.1')],
  )
  assert.deepEqual(
    agent.held.map(({ bytes }) => bytes.toString()),
    ['one\ntwo\n', 'three\n'],
  )
})
