import assert from 'node:assert/strict'
import fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

// P11 copytruncate loses or duplicates

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${from + i} ${'.'.repeat(60)}\n`).join('')

async function agentFor(t: TestContext, glob: string): Promise<TestAgent> {
  const agent = await startAgent(t)
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path(glob), copy_hold: '60s' } })
  return agent
}

const copy = (agent: TestAgent, from: string, to: string): void => fs.copyFileSync(agent.path(from), agent.path(to))

function release(agent: TestAgent): void {
  agent.broker.verdict = () => 'ack'
  for (const sent of agent.broker.held.splice(0)) sent.answer('ack')
}

function copytruncate(agent: TestAgent, name: string, to: string): void {
  copy(agent, name, to)
  agent.truncate(name)
}

for (const glob of ['*.log', '*']) {
  for (const size of [1, 100]) {
    test(`a copy goes on where its truncated original was read to: ${size} lines, matched by ${glob}`, async (t) => {
      const agent = await agentFor(t, glob)
      agent.append('a.log', lines(0, size))
      await agent.ship()
      agent.append('a.log', lines(size, size))
      copytruncate(agent, 'a.log', 'a.log.1')
      agent.append('a.log', lines(2 * size, 1))
      await agent.ship()
      assert.deepEqual(agent.shipped('a.log'), [lines(0, 2 * size), lines(2 * size, 1)])
      agent.assertExact()
      assert.deepEqual(
        agent.eventsNamed('file_copied').map(({ to }) => to),
        [agent.path('a.log.1')],
      )
      assert.deepEqual(agent.eventsNamed('file_ended'), [])
    })
  }

  test(`a copy that is seen before its original shrinks is held until then, matched by ${glob}`, async (t) => {
    const agent = await agentFor(t, glob)
    agent.append('a.log', lines(0, 100))
    await agent.ship()
    copy(agent, 'a.log', 'a.log.1')
    await agent.rounds(3)
    assert.equal(agent.held.length, 1)
    agent.append('a.log', lines(100, 100))
    fs.appendFileSync(agent.path('a.log.1'), lines(100, 100))
    agent.truncate('a.log')
    await agent.ship()
    assert.deepEqual(agent.shipped('a.log'), [lines(0, 200)])
    assert.equal(agent.held.length, 1)
    agent.assertExact()
  })

  test(`copied and truncated while the agent was down, twice, matched by ${glob}`, async (t) => {
    const agent = await agentFor(t, glob)
    agent.append('a.log', lines(0, 100))
    await agent.ship()
    agent.append('a.log', lines(100, 100))
    copytruncate(agent, 'a.log', 'a.log.1')
    agent.append('a.log', lines(200, 100))
    agent.rename('a.log.1', 'a.log.2')
    copytruncate(agent, 'a.log', 'a.log.1')
    agent.append('a.log', lines(300, 100))
    await agent.crash()
    await agent.ship()
    const all = agent.held.map(({ bytes }) => bytes.toString())
    assert.deepEqual(all.toSorted(), [lines(0, 200), lines(200, 100), lines(300, 100)].toSorted())
    agent.assertExact()
  })
}

for (const regrown of [false, true]) {
  test(`an original that is copied and truncated behind the look's back is known by the next one${regrown ? ', also when it grew again' : ''}`, async (t) => {
    const agent = await agentFor(t, '*.log')
    agent.append('a.log', lines(0, 20))
    agent.append('z.log', 'z\n')
    agent.broker.verdict = () => 'refused'
    await agent.rounds(2)
    await agent.crash()
    agent.broker.verdict = () => 'ack'
    agent.append('a.log', lines(20, 80))
    agent.append('z.log', 'z\n')
    // z.log is opened after a.log was looked at.
    const { fault } = agent.disk
    agent.disk.fault = (path) => {
      if (path !== agent.path('z.log') || fs.existsSync(agent.path('a.log.1'))) return fault(path)
      copytruncate(agent, 'a.log', 'a.log.1')
      agent.append('a.log', lines(100, regrown ? 200 : 1))
      return null
    }
    await agent.round()
    await agent.ship()
    assert.ok(fs.existsSync(agent.path('a.log.1')))
    assert.deepEqual(agent.shipped('a.log'), [lines(0, 100), lines(100, regrown ? 200 : 1)])
    assert.deepEqual(agent.eventsNamed('file_ended'), [])
    agent.assertExact()
  })
}

test('while Kafka is away a copy keeps what its original lost', async (t) => {
  const agent = await agentFor(t, '*.log')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(100, 100))
  await agent.rounds(2)
  agent.append('a.log', lines(200, 100))
  await agent.rounds(2)
  copytruncate(agent, 'a.log', 'a.log.1')
  agent.append('a.log', lines(300, 100))
  await agent.rounds(2)
  release(agent)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 300), lines(300, 100)])
})

test('a crash between the birth of the truncated file and the checkpoint of its copy loses nothing', async (t) => {
  const agent = await agentFor(t, '*.log')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.append('a.log', lines(100, 100))
  copytruncate(agent, 'a.log', 'a.log.1')
  agent.append('a.log', lines(200, 1))
  await agent.parts.round.look()
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').toSorted(), [lines(0, 200), lines(200, 1)].toSorted())
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
})

test('a copy whose original goes on growing is not shipped, also after a restart, and told as filtered', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  copy(agent, 'a.log', 'backup')
  await agent.ship()
  agent.append('a.log', lines(100, 100))
  await agent.shipAfter(59_000)
  assert.equal(agent.files.length, 1)
  await agent.shipAfter(1_000)
  const copied = agent.file('backup')
  assert.equal(copied.totals.filtered, lines(0, 100).length)
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 200)])
  assert.deepEqual(agent.shipped('backup'), [])
})

test('what was taken for a copy and goes on by itself is a file of its own, from its start', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  copy(agent, 'a.log', 'b')
  await agent.ship()
  await agent.shipAfter(60_000)
  assert.equal(agent.file('b').totals.filtered, lines(0, 100).length)
  agent.append('b', 'its own line\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('b'), [`${lines(0, 100)}its own line\n`])
})

test('a held copy that turns out to differ is shipped at once', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  copy(agent, 'a.log', 'b')
  await agent.round()
  assert.deepEqual(agent.shipped('b'), [])
  agent.append('b', 'its own line\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('b'), [`${lines(0, 100)}its own line\n`])
})

test('files that begin with the same header and are written on are never held for long', async (t) => {
  // P19 two files with the same beginning
  const agent = await agentFor(t, '*')
  const header = lines(0, 40)
  agent.append('a.log', `${header}a\n`)
  await agent.ship()
  agent.append('b.log', `${header}b\n`)
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', `${header}c\n`)
  await agent.ship()
  assert.deepEqual(agent.shipped('b.log'), [`${header}b\n`])
  assert.deepEqual(agent.shipped('a.log'), [`${header}a\n`, `${header}c\n`])
})

test('a new generation that holds only the header so far is no copy of the one before', async (t) => {
  const agent = await agentFor(t, '*.log')
  const header = lines(0, 40)
  agent.append('a.log', header)
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', header)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [header, header])
})

test('a short file that begins like another ships at once, unless its name says copy', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', 'id;name\n')
  await agent.ship()
  agent.append('b.log', 'id;name\n')
  agent.append('a.log.1', 'id;name\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('b.log'), ['id;name\n'])
  assert.deepEqual(agent.shipped('a.log.1'), [])
  await agent.shipAfter(60_000)
  assert.deepEqual(agent.shipped('a.log.1'), ['id;name\n'])
})

test('an inode that is already known is never adopted', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  agent.append('b.log', lines(0, 100))
  await agent.ship()
  agent.append('a.log', lines(100, 1))
  agent.append('b.log', lines(100, 1))
  agent.truncate('a.log')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 100)])
  assert.deepEqual(agent.shipped('b.log'), [lines(0, 101)])
})

test('a copy that was made before the last bytes were shipped is not shipped again', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  const front = fs.readFileSync(agent.path('a.log'))
  agent.append('a.log', lines(100, 100))
  await agent.ship()
  // The copy shows itself only with the truncation.
  fs.writeFileSync(agent.path('a.log.1'), front)
  agent.truncate('a.log')
  agent.append('a.log', lines(200, 1))
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 200), lines(200, 1)])
  assert.deepEqual(agent.shipped('a.log.1'), [])
})

test('what was seen of the original and is not in the copy is abandoned, with a record of it', async (t) => {
  const agent = await agentFor(t, '*.log')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.broker.verdict = () => 'hold'
  agent.append('b.log', lines(0, 1))
  await agent.round()
  copy(agent, 'a.log', 'a.log.1')
  agent.append('a.log', 'in the gap')
  await agent.round()
  agent.truncate('a.log')
  await agent.round()
  release(agent)
  await agent.ship()
  assert.deepEqual(
    agent.eventsNamed('file_shrunk').map(({ abandoned }) => abandoned),
    ['in the gap'.length],
  )
})

test('a copy that was known as one for long still goes on where its original was read to, wherever it lies', async (t) => {
  const agent = await agentFor(t, '**')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(100, 100))
  await agent.rounds(2)
  agent.append('a.log', lines(200, 100))
  fs.mkdirSync(agent.path('old'))
  copy(agent, 'a.log', 'old/copy')
  await agent.round()
  agent.clock.advance(61_000)
  await agent.rounds(2)
  assert.equal(agent.file('old/copy').totals.filtered, lines(0, 300).length)
  agent.truncate('a.log')
  await agent.rounds(2)
  release(agent)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 300)])
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
})

test('a copy whose original cannot be read ships after copy_hold', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.disk.fault = (path) => (path === agent.path('a.log') ? new Error('not now') : null)
  await agent.crash()
  copy(agent, 'a.log', 'b')
  await agent.ship()
  assert.deepEqual(agent.shipped('b'), [])
  await agent.shipAfter(60_000)
  assert.deepEqual(agent.shipped('b'), [lines(0, 100)])
})

test('a copy that is still being made is held as long as it grows', async (t) => {
  const agent = await agentFor(t, '*')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  for (let part = 0; part < 4; part++) {
    agent.append('b', lines(25 * part, 25))
    await agent.shipAfter(50_000)
  }
  assert.equal(agent.files.length, 1)
  agent.truncate('a.log')
  await agent.ship()
  assert.deepEqual(agent.shipped('b'), [])
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 100)])
})

test('an older file that begins like a truncated one is not its copy', async (t) => {
  const agent = await startAgent(t)
  agent.disk.alter = (stat) => ({ ...stat, birth: 0n })
  agent.append('a.log.5', `header\n${lines(0, 100)}`)
  const hourAgo = (agent.clock.wall - 3_600_000) / 1000
  fs.utimesSync(agent.path('a.log.5'), hourAgo, hourAgo)
  agent.append('a.log', 'header\n')
  await agent.ship()
  fs.writeFileSync(agent.path('a.log'), '')
  await agent.ship()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['header\n'])
})

test('while the folder of a truncated file cannot be listed its rest is not given up', async (t) => {
  const agent = await agentFor(t, '*.log')
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(100, 100))
  agent.append('b.log', lines(0, 1))
  await agent.rounds(2)
  agent.append('a.log', lines(200, 100))
  await agent.round()
  copytruncate(agent, 'a.log', 'a.log.1')
  agent.disk.fault = (path) => (path === agent.folder ? new Error('not now') : null)
  await agent.crash()
  await agent.rounds(3)
  agent.disk.fault = () => null
  release(agent)
  await agent.ship()
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
  assert.deepEqual(agent.held.map(({ bytes }) => bytes.toString()).includes(lines(0, 300)), true)
})

test('a file that was given up unread is not continued in whatever begins as it did', async (t) => {
  const agent = await startAgent(t)
  const header = `${'='.repeat(1_100)}\n`
  agent.append('a.log', `${header}${'never read\n'.repeat(40)}`)
  await agent.parts.round.look()
  await agent.parts.round.checkpoint()
  await agent.crash()
  fs.mkdirSync(agent.path('away'))
  agent.rename('a.log', 'away/a.log')
  await agent.rounds(4)
  assert.equal(agent.files[0]?.life, 'gone')
  agent.rename('away/a.log', 'a.log')
  agent.append('b.log', `${header}${'of another\n'.repeat(60)}`)
  await agent.rounds(2)
  await agent.ship()
  assert.deepEqual(agent.shipped('b.log'), [`${header}${'of another\n'.repeat(60)}`])
})

test('a copy that was given the inode of a file that is gone continues its original', async (t) => {
  const agent = await agentFor(t, '*.log')
  agent.append('x.log', 'gone\n')
  await agent.ship()
  const { ino } = agent.file('x.log').identity
  await agent.crash()
  agent.append('a.log', 'one\n')
  agent.remove('x.log')
  agent.disk.alter = (stat, path) => (path.endsWith('a.log.bak') ? { ...stat, ino, birth: 5n } : stat)
  await agent.rounds(4)
  await agent.ship()
  assert.equal(agent.file('x.log').life, 'gone')
  agent.append('a.log', 'two\n')
  fs.copyFileSync(agent.path('a.log'), agent.path('a.log.bak'))
  agent.truncate('a.log')
  await agent.rounds(4)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})
