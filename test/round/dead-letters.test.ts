import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeadLetter, RefusedLetter } from '../../src/state/dead-letter.ts'
import { decodeMessage } from '../../tools/oracle/source-bytes.ts'
import { startAgent } from '../harness/agent.ts'
import { lettersOf } from '../harness/letters.ts'

const line = (number: number): string => `line ${String(number).padStart(5, '0')}\n`
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => line(from + index)).join('')

const bytesOf = (letter: DeadLetter): string => {
  const { messages, headers } = letter as RefusedLetter
  const values = messages.map((value) => Buffer.from(value, 'base64'))
  return values.map((value, index) => String(decodeMessage({ value, headers: headers?.[index] ?? {} }).bytes)).join('')
}

for (const bad of [[0], [777], [1999], [5, 6, 1200], [0, 1999]]) {
  test(`of 2,000 lines in a batch Kafka refuses lines ${bad.join()}: only they are dead letters`, async (t) => {
    const agent = await startAgent(t, { message_conf: { format: 'line' } })
    agent.broker.verdict = ({ values }) =>
      bad.some((number) => values.some((value) => value.equals(Buffer.from(line(number).trimEnd()))))
        ? 'invalid'
        : 'ack'
    agent.append('a.log', lines(0, 2000))
    await agent.ship()
    const letters = lettersOf(agent)
    assert.deepEqual(letters.map(bytesOf), bad.map(line))
    assert.deepEqual(agent.file('a.log').totals, {
      shipped: lines(0, 2000 - bad.length).length,
      filtered: 0,
      dead_lettered: bad.length * line(0).length,
      abandoned: 0,
    })
    assert.equal(agent.broker.taken.length, 2000 - bad.length)
    assert.ok(agent.broker.sends < 120, `${agent.broker.sends} batches`)
    assert.deepEqual(
      agent.broker.taken.map(({ value }) => String(value)),
      agent.broker.taken.map(({ value }) => String(value)).toSorted(),
    )
  })
}

test('a dead letter says where its bytes come from, and where they were to go', async (t) => {
  const agent = await startAgent(t, { message_conf: { format: 'raw', 'field.app': 'web' } })
  agent.broker.verdict = () => 'invalid'
  agent.append('a.log', 'poison\n')
  await agent.ship()
  const [letter] = lettersOf(agent) as [RefusedLetter]
  const { headers, messages, ...address } = letter
  assert.deepEqual(address, {
    time: new Date(agent.clock.wall).toISOString(),
    file_id: agent.file('a.log').id,
    filename: agent.path('a.log'),
    offset: 0,
    length: 7,
    reason: 'INVALID_RECORD: told so',
    host: 'host-1',
    session: '2026-11-20',
    crc32: '3d2e8bbe',
    topic: 'logs',
    partition: 0,
    key: agent.path('a.log'),
    format: 'raw',
  })
  assert.equal(Buffer.from(String(messages[0]), 'base64').toString(), 'poison\n')
  assert.equal(headers?.[0]?.['fields'], '{"app":"web"}')
})

const HALF_MB = 500_000
const tight = {
  basic_conf: { memory_limit: '4MiB', dead_letter_limit: '2MiB' },
  message_conf: { format: 'raw' },
}

test('when the dead letters are full their files wait, and nothing is lost; others go on; room is used again', async (t) => {
  const agent = await startAgent(t, tight)
  agent.broker.verdict = ({ values }) => (values.some((value) => value.includes('poison')) ? 'invalid' : 'ack')
  for (const name of ['a.log', 'b.log', 'c.log', 'd.log']) {
    agent.append(name, `${name} poison ${'x'.repeat(HALF_MB)}\n`)
    await agent.rounds(3)
  }
  agent.append('good.log', 'good\n')
  await agent.rounds(3)
  assert.deepEqual(agent.shipped('good.log'), ['good\n'])
  assert.equal(agent.eventsNamed('dead_letters_full').length, 1)
  const waits = agent.file('d.log')
  assert.equal(waits.settled.offset, 0)
  assert.match(waits.trouble ?? '', /dead_letter_limit/)
  assert.equal(lettersOf(agent).length, 3)
  assert.ok((agent.state.disk.get('dead-letters.jsonl')?.length ?? 0) <= 2 * 2 ** 20)
  await agent.crash()
  await agent.rounds(2)
  assert.equal(agent.file('d.log').settled.offset, 0)

  // Two of them are in Kafka by now.
  const taken = lettersOf(agent).slice(0, 2)
  const before = agent.state.disk.get('dead-letters.jsonl') as Buffer
  const entries = taken.map(({ file_id, offset, length }) => JSON.stringify({ taken_out: { file_id, offset, length } }))
  agent.state.disk.set('dead-letters.jsonl', Buffer.concat([before, Buffer.from(`\n${entries.join('\n')}\n`)]))
  await agent.shipAfter(6_000)
  await agent.rounds(1)
  assert.equal(agent.file('d.log').settled.offset, HALF_MB + 14)
  assert.equal(agent.file('d.log').trouble, null)
  assert.deepEqual(
    lettersOf(agent).map(({ filename }) => filename),
    [agent.path('c.log'), agent.path('d.log')],
  )
})

test('what Kafka refuses of files that are no more is kept as it is, and nothing good with it is lost', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB' } })
  agent.append('warm.log', 'up\n')
  await agent.ship()
  agent.append('a.log', 'good a\n')
  agent.append('b.log', 'poison\n')
  agent.broker.verdict = () => 'hold'
  await agent.round()
  const [held] = agent.broker.held
  for (const file of agent.files) file.life = 'gone'
  agent.broker.verdict = () => 'ack'
  held?.answer('invalid')
  await agent.rounds(1)
  assert.deepEqual(lettersOf(agent).map(bytesOf).toSorted(), ['good a\n', 'poison\n'])
  assert.deepEqual(agent.eventsNamed('chunk_abandoned'), [])
})
