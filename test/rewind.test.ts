import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { crc32, gzipSync } from 'node:zlib'
import type { TrackedFile } from '../src/files/tracked-file.ts'
import { apply, type Plan, plan, type Wish } from '../src/rewind.ts'
import { type Settings, startAgent, type TestAgent } from './harness/agent.ts'
import { type Disk, type Fault, MemoryFolder, type Reach } from './state/memory-folder.ts'

/** The agent is gone, and its state is rewound; it starts again by `crash()`. */
async function rewound(agent: TestAgent, file: TrackedFile, wish: Wish): Promise<Plan> {
  const planned = await plan(file, wish, agent.disk)
  await apply(
    planned,
    new MemoryFolder(agent.state.disk),
    agent.parts.world.config,
    agent.disk,
    agent.parts.world.clock,
  )
  await agent.crash()
  return planned
}

const TEXT = 'one\ntwo\nthree\n'

async function shippedAgent(t: TestContext, settings: Settings = {}): Promise<TestAgent> {
  const agent = await startAgent(t, settings)
  agent.append('a.log', TEXT)
  await agent.ship()
  return agent
}

const heldOf = (agent: TestAgent, id: string) => agent.consumer.files.get(id)

test('by default the bytes come again under a new file id, and the old one ends with its books kept', async (t) => {
  const agent = await shippedAgent(t)
  const old = agent.file('a.log')
  agent.append('a.log', 'four\n')
  await rewound(agent, old, { offset: 4, sameId: false })
  await agent.ship()
  const fresh = agent.file('a.log')
  assert.notEqual(fresh.id, old.id)
  assert.deepEqual([fresh.birth.topic, fresh.birth.partition], [old.birth.topic, old.birth.partition])
  assert.deepEqual(heldOf(agent, fresh.id)?.ranges, [[4, 19]])
  assert.deepEqual(heldOf(agent, old.id)?.ranges, [[0, 14]])
  assert.deepEqual([fresh.totals.shipped, fresh.totals.filtered], [15, 4])
  const ended = agent.files.find(({ id }) => id === old.id)
  assert.deepEqual([ended?.life, ended?.size, ended?.totals.shipped, ended?.totals.abandoned], ['ended', 14, 14, 0])
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
  assert.equal(agent.files.length, 2)
})

test('with --same-id the same ranges come again, and the books say each byte once', async (t) => {
  const agent = await shippedAgent(t)
  const { id } = agent.file('a.log')
  await rewound(agent, agent.file('a.log'), { offset: 8, sameId: true })
  const back = agent.file('a.log')
  const session = agent.parts.sessions.current.id
  const book = back.sessions.get(session)
  assert.deepEqual([back.id, back.settled.offset, back.totals.shipped, back.lag], [id, 8, 8, 6])
  assert.deepEqual([book?.ranges, book?.bytes, book?.lines, book?.crc32], [[[0, 8]], 8, 2, crc32(TEXT.slice(0, 8))])
  await agent.ship()
  const file = agent.file('a.log')
  const after = file.sessions.get(session)
  assert.deepEqual([after?.ranges, after?.bytes, after?.lines, after?.crc32], [[[0, 14]], 14, 3, crc32(TEXT)])
  assert.equal(heldOf(agent, id)?.duplicated, 6)
  assert.deepEqual(agent.shipped('a.log'), [TEXT])
})

test('a session whose manifest is written gives back sums, and the accounts go on adding up', async (t) => {
  const agent = await shippedAgent(t)
  const { id } = agent.file('a.log')
  agent.clock.advance(24 * 3_600_000)
  await agent.rounds(2)
  assert.equal(agent.file('a.log').sessions.size, 0)
  agent.append('a.log', 'four\n')
  await agent.ship()
  await rewound(agent, agent.file('a.log'), { offset: 0, sameId: true })
  const { totals, settled, sessions } = agent.file('a.log')
  assert.deepEqual([totals.shipped, settled.offset], [0, 0])
  const [book] = [...sessions.values()]
  assert.deepEqual([book?.ranges, book?.bytes, book?.messages, book?.first], [[], 0, 0, null])
  await agent.ship()
  assert.deepEqual([agent.file('a.log').totals.shipped, heldOf(agent, id)?.duplicated], [19, 19])
})

test('what start_at = end left out can be had after all', async (t) => {
  const agent = await startAgent(t, { basic_conf: { start_at: 'end' } })
  agent.append('a.log', TEXT)
  await agent.ship()
  const file = agent.file('a.log')
  assert.deepEqual([file.totals.filtered, file.settled.offset], [14, 14])
  await rewound(agent, file, { offset: 4, sameId: true })
  await agent.ship()
  const { totals, sessions } = agent.file('a.log')
  assert.deepEqual([totals.filtered, totals.shipped], [4, 10])
  assert.equal(
    [...sessions.values()].reduce((sum, { filtered }) => sum + filtered, 0),
    4,
  )
  assert.deepEqual(heldOf(agent, file.id)?.ranges, [[4, 14]])
})

test('a dead letter is given back as such', async (t) => {
  const agent = await startAgent(t, { message_conf: { format: 'line' } })
  agent.append('a.log', 'fine\n')
  await agent.ship()
  agent.broker.verdict = () => 'invalid'
  agent.append('a.log', 'bad\n')
  await agent.ship()
  const file = agent.file('a.log')
  assert.deepEqual([file.totals.shipped, file.totals.dead_lettered], [5, 4])
  agent.broker.verdict = () => 'ack'
  await rewound(agent, file, { offset: 5, sameId: true })
  assert.deepEqual({ ...agent.file('a.log').totals }, { shipped: 5, dead_lettered: 0, filtered: 0, abandoned: 0 })
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['fine\nbad\n'])
})

test('a file that was renamed while the agent was down is found and goes on under its first name', async (t) => {
  const agent = await shippedAgent(t)
  const old = agent.file('a.log')
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'its successor\n')
  const { path } = await rewound(agent, old, { offset: 4, sameId: false })
  assert.equal(path, agent.path('a.log.1'))
  await agent.ship()
  // What no message brought is NULs there.
  const texts = agent.shipped('a.log').map((text) => text.replaceAll('\0', ''))
  assert.deepEqual(texts.toSorted(), [TEXT, 'its successor\n', TEXT.slice(4)].toSorted())
  assert.deepEqual(agent.eventsNamed('file_ended'), [])
})

test('inside a .gz offsets are those of the decompressed stream', async (t) => {
  for (const sameId of [false, true]) {
    const agent = await startAgent(t)
    await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('*.gz') } })
    agent.append('a.gz', gzipSync(TEXT))
    await agent.shipAfter(60_000)
    const old = agent.file('a.gz')
    assert.equal(old.totals.shipped, 14)
    await rewound(agent, old, { offset: 4, sameId })
    await agent.ship()
    const file = agent.file('a.gz')
    assert.deepEqual([file.id === old.id, file.totals.shipped], [sameId, sameId ? 14 : 10])
    const held = heldOf(agent, file.id)
    assert.deepEqual([held?.ranges, held?.duplicated], sameId ? [[[0, 14]], 10] : [[[4, 14]], 0])
    assert.deepEqual(agent.eventsNamed('file_ended'), [])
  }
})

test('beyond the committed offset, or where the bytes are not those that were shipped, nothing is rewound', async (t) => {
  const agent = await shippedAgent(t)
  agent.append('a.log', 'unfinished')
  await agent.round()
  const file = agent.file('a.log')
  const refused = (offset: number, message: RegExp): Promise<void> =>
    assert.rejects(plan(file, { offset, sameId: false }, agent.disk), message)
  await refused(15, /offset 15 lies beyond its committed offset 14/)
  await refused(25, /offset 25 lies beyond the 24 bytes that were seen of it/)
  writeFileSync(file.path, 'other bytes of the same size')
  await refused(4, /truncated or rewritten/)
  agent.remove('a.log')
  await refused(4, /nothing leads to it any more/)
})

/** How a rewind that fails at a step leaves the state: `null` where no step was left to fail. */
async function rewindFailing(agent: TestAgent, planned: Plan, disk: Disk, fault: Fault): Promise<boolean> {
  const folder = new MemoryFolder(disk, fault)
  await apply(planned, folder, agent.parts.world.config, agent.disk, agent.parts.world.clock).catch(() => undefined)
  return folder.steps >= fault.step
}

for (const sameId of [false, true]) {
  test(`whatever write a crash cuts short, the state is the old or the new one (${sameId ? 'same id' : 'new id'})`, async (t) => {
    const seen = new Set<string>()
    for (const reach of ['nothing', 'half', 'all'] satisfies Reach[]) {
      for (let step = 1; ; step++) {
        const agent = await shippedAgent(t)
        appendFileSync(agent.path('a.log'), 'four\n')
        // Also from a state whose last append a crash cut short, so that a new generation has to begin.
        if (step % 2 === 0) {
          const torn = agent.state.disk.get('checkpoint') ?? Buffer.alloc(0)
          agent.state.disk.set('checkpoint', Buffer.concat([torn, Buffer.from('0123')]))
        }
        const old = agent.file('a.log')
        const planned = await plan(old, { offset: 4, sameId }, agent.disk)
        const failed = await rewindFailing(agent, planned, agent.state.disk, { step, reach, kind: 'crash' })
        await agent.crash()
        await agent.ship()
        const label = `step ${step}, ${reach}`
        assert.deepEqual(agent.eventsNamed('state_damaged'), [], label)
        assert.equal(
          agent.files.reduce((sum, { totals }) => sum + totals.abandoned, 0),
          0,
          label,
        )
        const held = agent.held.map(({ ranges, duplicated }) => `${JSON.stringify(ranges)} ${duplicated}`).toSorted()
        const isNew = sameId ? ['[[0,19]] 10'] : ['[[0,14]] 0', '[[4,19]] 0']
        const isOld = ['[[0,19]] 0']
        seen.add(held.join() === isOld.join() ? 'old' : 'new')
        assert.ok(
          [isOld, isNew].some((state) => state.join() === held.join()),
          `${label}: ${held.join()}`,
        )
        if (!failed) break
      }
    }
    assert.deepEqual([...seen].toSorted(), ['new', 'old'])
  })
}
