import assert from 'node:assert/strict'
import fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** Same inode, other content; the time is set since two changes may fall into one tick of the file system's clock. */
function rewrite(agent: TestAgent, name: string, text: string): void {
  fs.writeFileSync(agent.path(name), text)
  fs.utimesSync(agent.path(name), new Date(), new Date(Date.now() + 5_000))
}

const cases: readonly [what: string, text: string][] = [
  ['a smaller size', 'new\n'],
  ['the same size', 'NEW1\nNEW2\n'],
  ['more than the old size', 'new line\n'.repeat(20)],
  ['more than the old size with the same first line', `old1\n${'new line\n'.repeat(20)}`],
]

for (const [what, text] of cases) {
  for (const down of [false, true]) {
    test(`a file truncated and grown to ${what} is born anew${down ? ', also while the agent was down' : ''}`, async (t) => {
      // P8 stored offset beyond the size; P11 same prefix
      const agent = await startAgent(t)
      agent.append('a.log', 'old1\nold2\n')
      await agent.ship()
      rewrite(agent, 'a.log', text)
      if (down) await agent.crash()
      await agent.ship()
      await agent.ship()
      assert.deepEqual(agent.shipped('a.log'), ['old1\nold2\n', text])
      agent.assertExact()
      const abandoned = agent.eventsNamed('file_ended').map((event) => event.abandoned)
      assert.deepEqual(abandoned, [0], 'all of the old content had been shipped')
    })
  }
}

test('a file truncated to nothing is born anew when it grows', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'old1\n')
  await agent.ship()
  agent.truncate('a.log')
  await agent.ship()
  agent.append('a.log', 'new1\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['old1\n', 'new1\n'])
  agent.assertExact()
})

test('bytes that a truncation took before they were read are abandoned with a record of it', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'old1\nold2 unfin')
  await agent.ship()
  agent.truncate('a.log')
  await agent.ship()
  assert.deepEqual(
    agent.eventsNamed('file_ended').map(({ how, abandoned }) => [how, abandoned]),
    [['truncated', 10]],
  )
  const old = agent.files.find(({ life }) => life === 'ended')
  assert.deepEqual([old?.totals.shipped, old?.totals.abandoned], [5, 10])
})

test('a truncation while a batch is in flight: the batch is delivered, the new content too', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'old1\n')
  agent.broker.verdict = () => 'hold'
  await agent.round()
  rewrite(agent, 'a.log', 'new\n')
  await agent.round()
  assert.equal(agent.broker.held.length, 1)
  agent.broker.verdict = () => 'ack'
  agent.broker.held[0]?.answer('ack')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['old1\n', 'new\n'])
  agent.assertExact()
})

for (const verdict of ['refused', 'unknown', 'too_large', 'invalid'] as const) {
  test(`a truncation while a batch is in flight that is then answered ${verdict} leaves no byte without an account`, async (t) => {
    const agent = await startAgent(t)
    agent.append('a.log', 'old1\n')
    agent.broker.verdict = () => 'hold'
    await agent.round()
    rewrite(agent, 'a.log', 'new\n')
    await agent.round()
    agent.broker.verdict = () => 'ack'
    agent.broker.held[0]?.answer(verdict)
    await agent.ship()
    await agent.ship()
    const old = agent.files.find(({ life }) => life === 'ended')
    assert.equal(old?.lag, 0)
    assert.equal(agent.shipped('a.log').at(-1), 'new\n')
    const accounts = {
      refused: 'shipped',
      unknown: 'shipped',
      too_large: 'dead_lettered',
      invalid: 'dead_lettered',
    } as const
    assert.equal(old?.totals[accounts[verdict]], 5)
  })
}

test('a crash after a truncation with a batch in flight leaves no byte pending for ever', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'old1\n')
  agent.broker.verdict = () => 'hold'
  await agent.round()
  rewrite(agent, 'a.log', 'new\n')
  await agent.round()
  agent.broker.verdict = () => 'ack'
  await agent.crash()
  await agent.ship()
  const old = agent.files.find(({ life }) => life === 'ended')
  assert.deepEqual([old?.totals.abandoned, old?.lag], [5, 0])
  assert.deepEqual(agent.shipped('a.log'), ['new\n'])
})

for (const header of ['', `${'# constant header '.repeat(100)}\n`]) {
  test(`a rewrite between the look and the read is seen by the read${header && ', also with the same header'}`, async (t) => {
    const agent = await startAgent(t)
    agent.append('a.log', `${header}old1\n`)
    await agent.ship()
    agent.append('a.log', 'old2\n')
    const size = header.length + 10
    const rewritten = `${header}new1\nnew2\nnew3, longer than before\n`
    let done = false
    agent.disk.beforeRead = () => {
      if (done || agent.file('a.log').size < size) return
      done = true
      fs.writeFileSync(agent.path('a.log'), rewritten)
    }
    await agent.ship()
    await agent.ship()
    assert.ok(done)
    assert.deepEqual(agent.shipped('a.log'), [`${header}old1\n`, rewritten])
    agent.assertExact()
    assert.deepEqual(
      agent.eventsNamed('file_ended').map(({ abandoned }) => abandoned),
      [5],
    )
  })
}

test('when only an unread unfinished line is cut off, nothing ships a second time', async (t) => {
  // P11 a file is read anew because somebody deletes its last line
  const agent = await startAgent(t)
  const long = `${'x'.repeat(1_500)}\n`
  agent.append('a.log', `${long}unfinished`)
  await agent.ship()
  agent.truncate('a.log', long.length)
  await agent.ship()
  agent.append('a.log', 'two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [`${long}two\n`])
  agent.assertExact()
  assert.deepEqual(
    agent.eventsNamed('file_shrunk').map(({ abandoned }) => abandoned),
    [10],
  )
})

test('a renamed file whose unfinished line is cut off has nothing pending any more', async (t) => {
  const agent = await startAgent(t, { basic_conf: { rotated_quiet: '10s' } })
  const long = `${'x'.repeat(1_500)}\n`
  agent.append('a.log', `${long}unfinished`)
  await agent.ship()
  agent.rename('a.log', 'old')
  await agent.ship()
  agent.truncate('old', long.length)
  await agent.shipAfter(10_000)
  assert.equal(agent.file('a.log').lag, 0)
  assert.equal(agent.eventsNamed('file_shrunk').length, 1)
  agent.append('old', 'two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [`${long}two\n`])
  agent.assertExact()
})

/** Messages of a.log are with four partitions; the first is to be read again, the answers to the others are still to come. */
async function withHole(t: TestContext): Promise<TestAgent> {
  const roundRobin = { message_conf: { max_message_length: '4KiB' }, kafka_conf: { partitioner: 'round_robin' } }
  const agent = await startAgent(t, roundRobin)
  agent.broker.partitions = 4
  agent.append('warm.log', 'up\n')
  await agent.ship()
  agent.append('a.log', `${'old '.repeat(25)}\n`.repeat(120))
  agent.broker.verdict = () => 'hold'
  await agent.round()
  assert.ok(agent.broker.held.length >= 3)
  const first = agent.broker.held.find(({ sent }) => String(sent.values[0]).includes('"offset":0,'))
  assert.ok(first)
  first.answer('refused')
  await eventLoopTurn()
  assert.equal(agent.file('a.log').cursor.offset, 0)
  return agent
}

for (const size of [0, 2_000]) {
  test(`a file cut to ${size} bytes, below what is on its way behind a hole, has ended with every byte in one account`, async (t) => {
    const agent = await withHole(t)
    const seen = agent.file('a.log').size
    agent.truncate('a.log', size)
    await agent.round()
    agent.broker.verdict = () => 'ack'
    for (const held of [...agent.broker.held]) held.answer('ack')
    await agent.ship()
    agent.append('a.log', `${'new '.repeat(25)}\n`.repeat(200))
    await agent.ship()
    const old = agent.files.find(({ life }) => life === 'ended')
    assert.ok(old)
    assert.deepEqual([old.inFlight, old.lag, old.totals.shipped + old.totals.abandoned], [false, 0, seen])
    assert.equal(agent.shipped('a.log').at(-1)?.length, fs.statSync(agent.path('a.log')).size)
  })
}

test('an unfinished line that is cut off and written anew to the same size is shipped', async (t) => {
  const agent = await startAgent(t)
  const long = `${'x'.repeat(1_500)}\n`
  agent.append('a.log', `${long}unfin`)
  await agent.ship()
  agent.truncate('a.log', long.length)
  agent.append('a.log', 'done\n')
  fs.utimesSync(agent.path('a.log'), new Date(), new Date(Date.now() + 5_000))
  await agent.ship()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [`${long}done\n`])
})

test("a rewrite of the same size within one tick of the file system's clock is seen", async (t) => {
  const agent = await startAgent(t)
  let frozen: { mtime: bigint; ctime: bigint } | null = null
  agent.disk.alter = (stat, path) => {
    if (!path.endsWith('a.log')) return stat
    frozen ??= { mtime: stat.mtime, ctime: stat.ctime }
    return { ...stat, ...frozen }
  }
  agent.append('a.log', 'one\n')
  agent.clock.wall = Number(fs.statSync(agent.path('a.log'), { bigint: true }).mtimeMs)
  await agent.ship()
  fs.writeFileSync(agent.path('a.log'), 'two\n')
  await agent.ship()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', 'two\n'])
})

for (const turn of [1, 2, 3, 4]) {
  test(`a rewrite before read ${turn} of a file that was empty at its birth is seen, although its last lines are the same`, async (t) => {
    const agent = await startAgent(t)
    const tail = `${'same tail '.repeat(30)}\n`
    agent.append('a.log', '')
    await agent.ship()
    agent.append('a.log', `old1\n${tail}`)
    let reads = 0
    agent.disk.beforeRead = () => {
      if (++reads === turn) rewrite(agent, 'a.log', `new1\n${tail}`)
    }
    await agent.ship()
    agent.append('a.log', 'more\n')
    await agent.ship()
    await agent.ship()
    assert.equal(agent.shipped('a.log').at(-1), `new1\n${tail}more\n`)
  })
}

test('what was seen of a file and never read, since Kafka was away, is abandoned with a record when it is written over', async (t) => {
  const agent = await startAgent(t)
  agent.broker.factsFault = new Error('not now')
  agent.append('a.log', '')
  await agent.round()
  agent.append('a.log', 'one\n')
  await agent.round()
  assert.equal(agent.file('a.log').cursor.offset, 0)
  rewrite(agent, 'a.log', 'and another\n')
  await agent.round()
  agent.broker.factsFault = null
  await agent.shipAfter(60_000)
  assert.deepEqual(
    agent.eventsNamed('file_ended').map(({ how, abandoned }) => ({ how, abandoned })),
    [{ how: 'rewritten', abandoned: 4 }],
  )
  assert.deepEqual(agent.shipped('a.log'), ['and another\n'])
})
