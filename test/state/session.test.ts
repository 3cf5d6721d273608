import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Manifest } from '../../src/state/manifest.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const HOUR = 3_600_000
const at = (time: string): number => Date.parse(time)

const manifests = (agent: TestAgent): Manifest[] =>
  [...agent.state.disk]
    .filter(([name]) => name.startsWith('manifests/'))
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([, bytes]) => JSON.parse(String(bytes)) as Manifest)

const sessions = (agent: TestAgent): string[] => manifests(agent).map(({ session }) => session)

/** Rounds at these times, with a line before each. */
async function walk(agent: TestAgent, times: readonly string[]): Promise<void> {
  for (const time of times) {
    agent.clock.wall = at(time)
    agent.append('a.log', `${time}\n`)
    await agent.ship()
  }
}

test('at midnight the session is closed and the next one has the next date', async (t) => {
  const agent = await startAgent(t, {}, at('2026-11-20T23:59:50Z'))
  await walk(agent, ['2026-11-20T23:59:59.999Z', '2026-11-21T00:00:00Z', '2026-11-21T00:00:01Z'])
  assert.deepEqual(sessions(agent), ['2026-11-20'])
  assert.equal(agent.parts.sessions.current.id, '2026-11-21')
  const named = agent.held[0]?.messages.map(({ session }) => session)
  assert.deepEqual(named, ['2026-11-20', '2026-11-21', '2026-11-21'])
})

test('the last lines before midnight are shipped, whatever session they fall into', async (t) => {
  const agent = await startAgent(t, {}, at('2026-11-20T23:59:59Z'))
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'last line\nunfin')
  agent.clock.wall = at('2026-11-21T00:00:00.500Z')
  await agent.ship()
  agent.append('a.log', 'ished\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\nlast line\nunfinished\n'])
  agent.assertExact()
})

test('missed rollovers are caught up with one manifest', async (t) => {
  const agent = await startAgent(t, {}, at('2026-11-20T12:00:00Z'))
  await walk(agent, ['2026-11-20T12:00:00Z'])
  agent.append('a.log', 'while asleep\n')
  agent.clock.wall = at('2026-11-24T08:00:00Z')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(sessions(agent), ['2026-11-20'])
  assert.equal(agent.parts.sessions.current.id, '2026-11-24')
  agent.assertExact()
})

test('a day of 23 hours and one of 25 each have one rollover, at local midnight', async (t) => {
  for (const [timezone, from, days] of [
    ['Europe/Berlin', '2026-03-28T12:00:00Z', ['2026-03-28', '2026-03-29', '2026-03-30']],
    ['Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-24', '2026-10-25', '2026-10-26']],
  ] as const) {
    const agent = await startAgent(t, { session_conf: { timezone } }, at(from))
    for (let hour = 0; hour < 72; hour++) {
      agent.append('a.log', `hour ${hour}\n`)
      await agent.shipAfter(HOUR)
    }
    assert.deepEqual(sessions(agent), days)
    agent.assertExact()
  }
})

test('a rollover at an hour that a DST change skips or repeats happens once', async (t) => {
  for (const from of ['2026-03-28T12:00:00Z', '2026-10-24T12:00:00Z']) {
    const settings = { session_conf: { timezone: 'Europe/Berlin', rollover: '30 2 * * *' } }
    const agent = await startAgent(t, settings, at(from))
    for (let step = 0; step < 144; step++) await agent.shipAfter(HOUR / 4)
    assert.equal(agent.eventsNamed('session_opened').length, 1, from)
  }
})

test('a clock that jumps back does no harm: no session twice, nothing shipped twice', async (t) => {
  const agent = await startAgent(t, {}, at('2026-11-20T23:00:00Z'))
  await walk(agent, [
    '2026-11-20T23:59:00Z',
    '2026-11-21T00:00:01Z',
    '2026-11-20T23:59:59Z',
    '2026-11-21T00:00:02Z',
    '2026-11-20T10:00:00Z',
    '2026-11-20T23:59:59Z',
    '2026-11-21T00:00:01Z',
    '2026-11-22T00:00:01Z',
  ])
  const ids = [...sessions(agent), agent.parts.sessions.current.id]
  assert.equal(new Set(ids).size, ids.length, ids.join())
  agent.assertExact()
})

test('a clock that was years ahead is forgiven when it comes back', async (t) => {
  const agent = await startAgent(t, {}, at('2099-01-01T12:00:00Z'))
  await walk(agent, ['2099-01-01T12:00:00Z', '2026-11-20T12:00:00Z', '2026-11-21T00:00:01Z', '2026-11-22T00:00:01Z'])
  assert.ok(sessions(agent).length >= 2, sessions(agent).join())
  agent.assertExact()
})

test('a chunk in flight over the rollover belongs to the session that it names, and the manifest waits for it', async (t) => {
  const agent = await startAgent(t, {}, at('2026-11-20T23:59:50Z'))
  agent.append('warm.log', 'up\n')
  await agent.ship()
  agent.append('a.log', 'before\n')
  agent.broker.verdict = () => 'hold'
  await agent.round()
  agent.clock.wall = at('2026-11-21T00:00:01Z')
  agent.append('a.log', 'after\n')
  await agent.rounds(3)
  assert.deepEqual(sessions(agent), [])
  agent.broker.verdict = () => 'ack'
  agent.broker.held[0]?.answer('ack')
  await agent.ship()
  const [manifest] = manifests(agent)
  assert.deepEqual(
    manifest?.files.map(({ filename, ranges }) => [filename, ranges]),
    [
      [agent.path('warm.log'), [[0, 3]]],
      [agent.path('a.log'), [[0, 7]]],
    ],
  )
  assert.deepEqual(
    agent.held.find(({ filename }) => filename === agent.path('a.log'))?.messages.map(({ session }) => session),
    ['2026-11-20', '2026-11-21'],
  )
})

test('with round_robin a chunk that was acked over the rollover behind one that was refused is in its manifest', async (t) => {
  const settings = { kafka_conf: { partitioner: 'round_robin' }, message_conf: { max_message_length: '4KiB' } }
  const agent = await startAgent(t, { ...settings, session_conf: { timezone: 'UTC' } }, at('2026-11-20T23:59:50Z'))
  agent.broker.partitions = 2
  agent.append('warm.log', 'up\n')
  await agent.ship()
  agent.append('a.log', `${'x'.repeat(99)}\n`.repeat(50))
  agent.broker.verdict = () => 'hold'
  await agent.round()
  assert.equal(agent.broker.held.length, 2)
  const offset = (values: readonly Buffer[]): number => (JSON.parse(String(values[0])) as { offset: number }).offset
  const [first, second] = [...agent.broker.held].toSorted((a, b) => offset(a.sent.values) - offset(b.sent.values))
  second?.answer('ack')
  agent.clock.wall = at('2026-11-21T00:00:01Z')
  await agent.round()
  first?.answer('refused')
  await agent.rounds(2)
  agent.broker.verdict = () => 'ack'
  for (const held of [...agent.broker.held]) held.answer('ack')
  await agent.ship()
  agent.clock.wall = at('2026-11-22T00:00:01Z')
  await agent.ship()
  await agent.ship()
  assertManifestsMatchTheBroker(agent)
})

test('a crash between the checkpoint and the manifest: the next start writes it', async (t) => {
  const agent = await startAgent(t, {}, at('2026-11-20T23:00:00Z'))
  await walk(agent, ['2026-11-20T23:59:00Z'])
  agent.clock.wall = at('2026-11-21T00:00:01Z')
  const replace = agent.state.replace.bind(agent.state)
  agent.state.replace = (name, bytes) =>
    name.startsWith('manifests/') ? Promise.reject(new Error('cut')) : replace(name, bytes)
  await agent.round()
  assert.deepEqual(sessions(agent), [])
  await agent.crash()
  await agent.ship()
  assert.deepEqual(sessions(agent), ['2026-11-20'])
  assert.equal(agent.parts.sessions.current.id, '2026-11-21')
})

test('publish_manifest publishes each manifest once, and tries again until it is published', async (t) => {
  const session_conf = { publish_manifest: 'yes', timezone: 'UTC' }
  const agent = await startAgent(t, { session_conf }, at('2026-11-20T23:00:00Z'))
  agent.broker.publishFault = new Error('not now')
  await walk(agent, ['2026-11-20T23:59:00Z', '2026-11-21T00:00:01Z', '2026-11-21T00:00:02Z'])
  assert.equal(agent.broker.published.length, 0)
  agent.broker.publishFault = null
  agent.clock.advance(120_000)
  await agent.rounds(5)
  await agent.crash()
  await agent.rounds(3)
  assert.deepEqual(
    agent.broker.published.map(({ topic, key }) => [topic, key]),
    [['logs.manifests', 'host-1/2026-11-20']],
  )
  assert.deepEqual(JSON.parse(String(agent.broker.published[0]?.value)), manifests(agent)[0])
})

test('a manifest that cannot be published is named once and costs no durable write in every round', async (t) => {
  const session_conf = { publish_manifest: 'yes', timezone: 'UTC' }
  const agent = await startAgent(t, { session_conf }, at('2026-11-20T23:00:00Z'))
  agent.broker.publishFault = new Error('not now')
  await walk(agent, ['2026-11-20T23:59:00Z', '2026-11-21T00:00:01Z'])
  await agent.rounds(2)
  const { steps } = agent.state
  await agent.rounds(10)
  assert.equal(agent.eventsNamed('manifest_failed').length, 1)
  assert.equal(agent.state.steps, steps)
})

/** Each manifest says exactly what the broker holds of that session. */
export function assertManifestsMatchTheBroker(agent: TestAgent): void {
  const found = agent.held
    .flatMap(({ messages }) => messages)
    .map(({ session, fileId, length }) => ({ session, fileId, length }))
  for (const { session, files } of manifests(agent)) {
    for (const { file_id: fileId, bytes, messages, ranges } of files) {
      const theirs = found.filter((message) => message.session === session && message.fileId === fileId)
      assert.equal(
        bytes,
        theirs.reduce((sum, { length }) => sum + length, 0),
        `${session} ${fileId}`,
      )
      assert.equal(messages, theirs.length)
      assert.equal(
        ranges.reduce((sum, [start, end]) => sum + end - start, 0),
        bytes,
      )
    }
    for (const { fileId } of found.filter((message) => message.session === session))
      assert.ok(
        files.some((file) => file.file_id === fileId),
        `${session} does not name ${fileId}`,
      )
  }
}
