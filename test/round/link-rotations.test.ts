import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

for (const glob of ['*.log', '*.log*']) {
  for (const seen of [false, true]) {
    for (const down of [false, true]) {
      const link = seen ? 'while a round sees both names' : 'between two rounds'
      const away = down ? ', with a crash before the next' : ''
      test(`a rotation by hard link and unlink ${link}${away} is a rename, with ${glob}`, async (t) => {
        const agent = await startAgent(t)
        await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path(glob) } })
        agent.append('a.log', 'one\n')
        await agent.ship()
        agent.append('a.log', 'two\n')
        fs.linkSync(agent.path('a.log'), agent.path('a.log.1'))
        if (seen) await agent.ship()
        agent.append('a.log', 'three\n')
        agent.remove('a.log')
        agent.append('a.log', 'four\n')
        if (down) await agent.crash()
        await agent.ship()
        agent.append('a.log.1', 'of a late writer\n')
        await agent.ship()
        assert.deepEqual(agent.held.map(({ bytes }) => bytes.toString()).toSorted(), [
          'four\n',
          'one\ntwo\nthree\nof a late writer\n',
        ])
        agent.assertExact()
      })
    }
  }
}

for (const down of [false, true]) {
  const when = down ? ' while the agent was down' : ''
  test(`a target of a symbolic link that is renamed away${when}: it is drained, its successor ships from 0`, async (t) => {
    const agent = await startAgent(t)
    await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('current.log') } })
    agent.append('app/out.txt', 'one\n')
    fs.symlinkSync('app/out.txt', agent.path('current.log'))
    await agent.ship()
    agent.append('app/out.txt', 'two\n')
    agent.rename('app/out.txt', 'app/out.txt.1')
    agent.append('app/out.txt', 'three\n')
    if (down) await agent.crash()
    await agent.ship()
    agent.append('app/out.txt.1', 'of a late writer\n')
    agent.append('app/out.txt', 'four\n')
    await agent.ship()
    assert.deepEqual(agent.shipped('current.log').toSorted(), ['one\ntwo\nof a late writer\n', 'three\nfour\n'])
    agent.assertExact()
  })
}

test('a symbolic link that leads nowhere until its target is made is followed then', async (t) => {
  const agent = await startAgent(t)
  fs.symlinkSync('later.txt', agent.path('current.log'))
  await agent.rounds(2)
  agent.append('later.txt', 'one\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('current.log'), ['one\n'])
})
