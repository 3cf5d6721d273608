// The whole agent on damaged state: it starts, ships what there is, says what will come again, and is durable from then on.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const NAMES = ['a.log', 'b.log']

/** Two files that were shipped, with the state of two starts. */
async function shippedAgent(t: TestContext): Promise<TestAgent> {
  const agent = await startAgent(t)
  for (const name of NAMES) agent.append(name, 'one\n')
  await agent.ship()
  await agent.crash()
  for (const name of NAMES) agent.append(name, 'two\n')
  await agent.ship()
  return agent
}

/** Starts on `bytes` as the state's file `name`, ships another line, and looks at what a consumer holds. */
async function goOn(agent: TestAgent, whole: ReadonlyMap<string, Buffer>, name: string, bytes: Buffer): Promise<void> {
  agent.state.disk.clear()
  for (const [file, content] of whole) agent.state.disk.set(file, content)
  agent.state.disk.set(name, bytes)
  for (const file of NAMES) agent.append(file, 'more\n')
  await agent.crash()
  await agent.ship()
  for (const { ranges, filename } of agent.held) assert.equal(ranges.length, 1, `a hole in ${filename}`)
  for (const file of NAMES) {
    const last = agent.shipped(file).at(-1) ?? ''
    assert.ok(last.startsWith('one\ntwo\n') && last.endsWith('more\n'), JSON.stringify(last))
  }
}

/** Every byte where records meet, and some within each; journal-damage.test.ts cuts the journal itself at all of them. */
function cutsOf(bytes: Buffer): number[] {
  const isNewline = (at: number): boolean => bytes[at] === 0x0a
  const isNear = (at: number): boolean => [-3, -2, -1, 0, 1, 2, 3].some((by) => isNewline(at + by))
  return [...bytes.keys()].filter((at) => at < 100 || isNear(at) || at % 7 === 0)
}

for (const name of ['births', 'checkpoint']) {
  test(`an agent whose ${name} file was cut short starts, keeps its file ids, and loses nothing`, async (t) => {
    let tried = 0
    for (let count = 0; tried === count; ) {
      // An agent for each hundred cuts: with each of them files and topic grow.
      const agent = await shippedAgent(t)
      const whole = new Map(agent.state.disk)
      const bytes = whole.get(name) ?? Buffer.alloc(0)
      const ids = agent.held.length
      for (const length of cutsOf(bytes).slice(tried, tried + 100)) {
        await goOn(agent, whole, name, bytes.subarray(0, length))
        tried += 1
      }
      assert.equal(agent.held.length, ids, 'no file was born a second time')
      count += 100
    }
    assert.ok(tried > 200, `${tried} cuts`)
  })

  const RUINS = {
    NULs: Buffer.alloc(700),
    garbage: Buffer.from('PK\x03\x04\nnot a journal\n'),
    nothing: Buffer.alloc(0),
  }
  for (const [ruin, content] of Object.entries(RUINS)) {
    test(`an agent whose ${name} file holds ${ruin} names the damage and what will come again, and keeps its file ids`, async (t) => {
      const agent = await shippedAgent(t)
      const ids = agent.held.length
      await goOn(agent, new Map(agent.state.disk), name, content)
      assert.deepEqual(
        agent.eventsNamed('state_damaged').map(({ damage }) => damage.file),
        [name],
      )
      assert.equal(agent.eventsNamed('state_older').length, 1)
      assert.equal(agent.held.length, ids)
      const events = agent.events.length
      await agent.crash()
      await agent.ship()
      assert.deepEqual(
        agent.events.slice(events).map((event) => event.name),
        [],
        'the state is whole again',
      )
    })
  }
}

test('with births and checkpoint both in ruins all is born anew, with an error, and ships from its beginning', async (t) => {
  const agent = await shippedAgent(t)
  const ruined = new Map(agent.state.disk).set('checkpoint', Buffer.alloc(50))
  await goOn(agent, ruined, 'births', Buffer.from('garbage'))
  assert.equal(agent.eventsNamed('state_damaged').length, 2)
  assert.equal(agent.held.length, 2 * NAMES.length)
})

test('a manifest cut at any byte harms nobody but who reads it', async (t) => {
  const agent = await startAgent(t, { session_conf: { timezone: 'UTC' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.clock.advance(86_400_000)
  await agent.round()
  await agent.round()
  const [name] = [...agent.state.disk.keys()].filter((one) => one.startsWith('manifests/'))
  const bytes = agent.state.disk.get(name ?? '') ?? Buffer.alloc(0)
  assert.ok(bytes.length > 100)
  for (let length = 0; length < bytes.length; length += 10) {
    agent.state.disk.set(name ?? '', bytes.subarray(0, length))
    agent.append('a.log', 'more\n')
    await agent.crash()
    await agent.ship()
  }
  agent.clock.advance(86_400_000)
  await agent.round()
  await agent.round()
  agent.assertExact()
  assert.equal([...agent.state.disk.keys()].filter((one) => one.startsWith('manifests/')).length, 2)
})

test('dead letters cut at any byte keep the letters before the cut and those that come after it', async (t) => {
  const agent = await startAgent(t)
  const refuse = async (text: string): Promise<void> => {
    agent.broker.verdict = () => 'invalid'
    agent.append('a.log', text)
    await agent.rounds(4)
    agent.broker.verdict = () => 'ack'
    await agent.ship()
  }
  await refuse('first\n')
  await refuse('second\n')
  const bytes = agent.state.disk.get('dead-letters.jsonl') ?? Buffer.alloc(0)
  const lettersOf = (content: Buffer): number[] =>
    content
      .toString()
      .split('\n')
      .flatMap((line) => {
        try {
          return [(JSON.parse(line) as { offset: number }).offset]
        } catch {
          return []
        }
      })
  assert.deepEqual(lettersOf(bytes), [0, 6])
  for (let length = 0; length <= bytes.length; length += 7) {
    const cut = bytes.subarray(0, length)
    agent.state.disk.set('dead-letters.jsonl', cut)
    const offset = agent.file('a.log').size
    await refuse('later\n')
    assert.deepEqual(lettersOf(agent.state.disk.get('dead-letters.jsonl') ?? Buffer.alloc(0)), [
      ...lettersOf(cut),
      offset,
    ])
  }
})

test('state that is taken away while the agent is idle is written anew, and a crash then costs nothing', async (t) => {
  const agent = await shippedAgent(t)
  for (const name of [...agent.state.disk.keys()]) agent.state.disk.delete(name)
  await agent.round()
  assert.deepEqual(
    agent.eventsNamed('state_rewritten').map(({ file }) => file),
    ['births', 'checkpoint'],
  )
  await agent.crash()
  for (const name of NAMES) agent.append(name, 'more\n')
  await agent.ship()
  agent.assertExact()
  assert.equal(agent.held.length, NAMES.length)
})
