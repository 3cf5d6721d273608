// A turn with hardly any room: it ends, the small limit is kept, and a file that cannot be wrapped holds nobody else back.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAgent, startAgent, type TestAgent } from './harness/agent.ts'

const TEXT = `${Array.from({ length: 60 }, (_, index) => `line ${index} "quoted" äöü 日本\n`).join('')}${'é'.repeat(2000)}\n\0\0\0\0\n`
const FORMATS = ['json', 'raw', 'line']
/** Deep enough for a path that is longer than the smallest message. */
const DEEP = Array.from({ length: 6 }, (_, index) => String(index).repeat(190)).join('/')

async function agentWith(
  t: Parameters<typeof newAgent>[0],
  format: string,
  message: Record<string, string | number> = {},
): Promise<TestAgent> {
  const agent = await newAgent(t)
  const settings = { basic_conf: { inputpath: `${agent.folder}/**/*.log` }, message_conf: { format, ...message } }
  await agent.start({ ...agent.settings, ...settings })
  return agent
}

for (const format of FORMATS) {
  test(`${format}: with messages of 1 KiB every byte arrives, once and in order`, async (t) => {
    const agent = await startAgent(t, { message_conf: { format } })
    agent.broker.maxMessageBytes = 1024
    for (const name of ['a.log', 'b.log', 'c.log']) agent.append(name, `${name}\n${TEXT}`)
    await agent.ship(200)
    agent.assertExact()
    for (const name of ['a.log', 'b.log', 'c.log'])
      assert.deepEqual(agent.shipped(name), [Buffer.from(`${name}\n${TEXT}`).toString('latin1')])
  })

  test(`${format}: a limit that is learned down to 1 KiB ends there, and every byte arrives`, async (t) => {
    const agent = await startAgent(t, { message_conf: { format, max_message_length: 100_000 } })
    agent.broker.maxMessageBytes = 1100
    agent.append('a.log', TEXT)
    await agent.ship(200)
    agent.assertExact()
    assert.deepEqual(agent.shipped('a.log'), [Buffer.from(TEXT).toString('latin1')])
    assert.equal(agent.eventsNamed('dead_letter').length, 0)
  })

  test(`${format}: a file whose name alone fills a message is named once and waits, the others are shipped`, async (t) => {
    const agent = await agentWith(t, format)
    agent.broker.maxMessageBytes = 1100
    agent.append(`${DEEP}/deep.log`, TEXT)
    agent.append('near.log', TEXT)
    for (let i = 0; i < 5; i++) await agent.round()
    assert.deepEqual(agent.shipped('near.log'), [Buffer.from(TEXT).toString('latin1')])
    assert.deepEqual(
      agent.eventsNamed('file_unwrappable').map(({ file }) => file.birth.path),
      [agent.path(`${DEEP}/deep.log`)],
    )
    assert.equal(agent.file(`${DEEP}/deep.log`).settled.offset, 0)
    assert.ok(agent.parts.lanes.idle)
  })

  test(`${format}: a file whose name leaves little room is shipped in many small pieces`, async (t) => {
    const agent = await agentWith(t, format)
    agent.broker.maxMessageBytes = 3300
    agent.append(`${DEEP}/deep.log`, TEXT)
    agent.append('near.log', TEXT)
    await agent.ship(300)
    agent.assertExact()
    for (const name of [`${DEEP}/deep.log`, 'near.log'])
      assert.deepEqual(agent.shipped(name), [Buffer.from(TEXT).toString('latin1')])
  })
}

test('a topic whose limit is below what can be split makes dead letters, not an endless loop', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: 100_000 } })
  agent.broker.verdict = () => 'too_large'
  agent.append('a.log', TEXT)
  await agent.ship(200)
  const file = agent.file('a.log')
  assert.equal(file.totals.dead_lettered, Buffer.byteLength(TEXT))
  assert.equal(agent.broker.taken.length, 0)
})

for (const format of FORMATS) {
  test(`${format}: lines of every length around the limit make batches that keep within it, head included`, async (t) => {
    const agent = await startAgent(t, { message_conf: { format } })
    const limit = (agent.broker.maxMessageBytes = 3000)
    const sizes: number[] = []
    agent.broker.verdict = ({ bytes }) => (sizes.push(bytes) > 0 ? 'ack' : 'refused')
    for (let length = 2300; length <= 3000; length += 3) agent.append('a.log', `${'x'.repeat(length)}\n`)
    await agent.ship(500)
    agent.assertExact()
    const largest = Math.max(...sizes)
    assert.ok(largest <= limit && largest > limit * 0.9, `the largest batch has ${largest} bytes`)
  })
}
