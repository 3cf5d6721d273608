import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lettersOf } from '../../src/dead/letters.ts'
import { type Fate, Replay } from '../../src/dead/replay.ts'
import type { DeadLetter } from '../../src/state/dead-letter.ts'
import { type Kept, keptLetters } from '../../src/state/dead-letters.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'
import { type Fault, MemoryFolder } from '../state/memory-folder.ts'

const FORMATS = ['json', 'raw', 'line'] as const
const bytesIn = ({ state }: TestAgent): Buffer => state.disk.get('dead-letters.jsonl') ?? Buffer.alloc(0)

const kept = (agent: TestAgent): Promise<Kept[]> =>
  keptLetters(async (take) => {
    for (let at = 0, bytes = bytesIn(agent); at < bytes.length; at += 100) take(bytes.subarray(at, at + 100))
  })

/** One run of `pannier dead replay` beside the agent. */
async function replay(agent: TestAgent, fault: Fault | null = null): Promise<Fate[]> {
  const bytes = bytesIn(agent)
  const replaying = new Replay({
    box: { read: async ({ at, length }) => JSON.parse(bytes.toString('utf8', at, at + length)) as DeadLetter },
    folder: new MemoryFolder(agent.state.disk, fault),
    broker: agent.broker.connect(),
    clock: { ...agent.clock.connect({}), wait: async () => {} },
    random: () => 0.5,
    birthOf: (id) => agent.files.find((file) => file.id === id)?.birth ?? null,
  })
  const fates: Fate[] = []
  for (const letter of lettersOf(await kept(agent))) fates.push(await replaying.send(letter))
  return fates
}

async function refusing(t: Parameters<typeof startAgent>[0], format: string, names: readonly string[]) {
  const agent = await startAgent(t, { message_conf: { format, line_headers: 'all' } })
  agent.broker.partitions = 3
  agent.broker.verdict = ({ values }) => (values.some((value) => value.includes('poison')) ? 'invalid' : 'ack')
  for (const name of names) agent.append(name, `good ${name}\nposition poison ${name}\r\n`)
  await agent.ship()
  agent.broker.verdict = () => 'ack'
  return agent
}

for (const format of FORMATS) {
  test(`${format}: what was refused is sent again to its partition, as it would have been, and is taken out`, async (t) => {
    const names = ['a.log', 'b.log', 'c.log', 'd.log']
    const agent = await refusing(t, format, names)
    assert.equal((await kept(agent)).length, 4)
    const fates = await replay(agent)
    assert.deepEqual(
      fates.map(({ kind }) => kind),
      ['sent', 'sent', 'sent', 'sent'],
    )
    assert.deepEqual(await kept(agent), [])
    for (const name of names) {
      assert.deepEqual(agent.shipped(name), [`good ${name}\nposition poison ${name}\r\n`])
      const { partition } = agent.file(name).birth
      const own = agent.broker.taken.filter(({ key }) => key === agent.path(name))
      assert.ok(own.every((message) => message.partition === partition))
    }
    assert.equal((await replay(agent)).length, 0)
  })

  test(`${format}: a long line that is a dead letter is sent as one message where the topic takes it`, async (t) => {
    const long = `${'the quick brown fox '.repeat(3_000)}\n`
    const agent = await startAgent(t, {
      message_conf: { format, max_message_length: '4KiB', long_line: 'dead_letter', 'field.app': 'web' },
    })
    agent.append('a.log', `before\n${long}after\n`)
    await agent.ship()
    agent.broker.maxMessageBytes = 20_000
    const [small] = await replay(agent)
    assert.ok(small?.kind === 'stays' && /needs more than 6\d+ bytes, and the topic takes 20000/.test(small.reason))
    agent.broker.maxMessageBytes = 1_048_588
    const [sent] = await replay(agent)
    assert.equal(sent?.kind, 'sent')
    assert.deepEqual(agent.shipped('a.log'), [`before\n${long}after\n`])
    assert.deepEqual(await kept(agent), [])
  })
}

test('a line whose end was not written yet stays', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB', long_line: 'dead_letter' } })
  agent.append('a.log', 'x'.repeat(10_000))
  await agent.ship()
  const [fate] = await replay(agent)
  assert.ok(fate?.kind === 'stays' && fate.reason.includes('not all here'), JSON.stringify(fate))
})

test('what Kafka refuses again, or does not answer for, stays and says why', async (t) => {
  const agent = await refusing(t, 'json', ['a.log'])
  for (const [verdict, says] of [
    ['invalid', /^INVALID_RECORD/],
    ['too_large', /^MESSAGE_TOO_LARGE/],
    ['refused', /^NOT_LEADER/],
    ['unknown', /^no answer came, and it may be in Kafka: /],
  ] as const) {
    agent.broker.verdict = () => verdict
    const [fate] = await replay(agent)
    assert.ok(fate?.kind === 'stays' && says.test(fate.reason), JSON.stringify(fate))
    assert.equal((await kept(agent)).length, 1)
  }
  agent.broker.partitions = 1
  const { partition } = agent.file('a.log').birth
  agent.broker.verdict = () => 'ack'
  const [fate] = await replay(agent)
  assert.equal(fate?.kind, (partition ?? 0) < 1 ? 'sent' : 'stays')
})

test('killed at any step, a replay repeats one letter at most, and loses none', async (t) => {
  for (const reach of ['nothing', 'half', 'all'] as const)
    for (let step = 1; step <= 4; step++) {
      const agent = await refusing(t, 'raw', ['a.log', 'b.log'])
      const before = agent.broker.taken.length
      const names = async (): Promise<string[]> => (await kept(agent)).map(({ head }) => head.filename)
      await replay(agent, { step, reach, kind: 'crash' }).catch(() => {})
      await replay(agent)
      assert.deepEqual(await names(), [])
      const sent = agent.broker.taken.slice(before).map(({ key }) => key)
      assert.deepEqual([...new Set(sent)].toSorted(), [agent.path('a.log'), agent.path('b.log')])
      assert.ok(sent.length <= 3, `${sent.length} sends at step ${step}`)
    }
})

test('a letter of an older version is listed; one in json is sent to where its file goes', async (t) => {
  const agent = await refusing(t, 'json', ['a.log'])
  const [line] = String(bytesIn(agent)).trim().split('\n')
  const { time, file_id, filename, offset, length, reason, messages } = JSON.parse(String(line)) as Record<
    string,
    unknown
  >
  const old = JSON.stringify({ time, file_id, filename, offset, length, reason, messages })
  const raw = JSON.stringify({ time, file_id, filename, offset: 900, length: 4, reason, messages: ['YmFkCg=='] })
  agent.state.disk.set('dead-letters.jsonl', Buffer.from(`${old}\n\n${raw}\n`))
  const fates = await replay(agent)
  assert.deepEqual(
    fates.map(({ kind }) => kind),
    ['sent', 'stays'],
  )
  assert.deepEqual(agent.shipped('a.log'), ['good a.log\nposition poison a.log\r\n'])
})
