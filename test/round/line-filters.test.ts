// Lines that filters drop, through whole rounds.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const contents = (agent: TestAgent): string[] =>
  agent.broker.taken.map(({ value }) => (JSON.parse(value.toString()) as { content: string }).content)

const account = (agent: TestAgent, name = 'a.log'): unknown => {
  const { totals, settled } = agent.file(name)
  return { shipped: totals.shipped, filtered: totals.filtered, settled: settled.offset }
}

test('what include_lines does not name and exclude_lines does is filtered and counted; the committed offset passes it', async (t) => {
  const settings = { message_conf: { include_lines: 'ERROR|WARN', exclude_lines: 'heartbeat' } }
  const agent = await startAgent(t, settings)
  agent.append('a.log', 'INFO a\nERROR b\nWARN c\nINFO d\nERROR heartbeat\nERROR e\nDEBUG f\n')
  await agent.ship()
  assert.deepEqual(contents(agent), ['ERROR b\nWARN c\n', 'ERROR e\n'])
  assert.deepEqual(account(agent), { shipped: 23, filtered: 38, settled: 61 })
  await agent.crash()
  agent.append('a.log', 'INFO g\nWARN h\n')
  await agent.ship()
  assert.deepEqual(contents(agent).slice(2), ['WARN h\n'])
  assert.deepEqual(account(agent), { shipped: 30, filtered: 45, settled: 75 })
  const [book] = [...agent.file('a.log').sessions.values()]
  assert.deepEqual(
    [book?.ranges, book?.filtered],
    [
      [
        [7, 22],
        [45, 53],
        [68, 75],
      ],
      45,
    ],
  )
})

test('a line counts by its start: one that is longer than any message is shipped, or dropped, to its end', async (t) => {
  const agent = await startAgent(t, { message_conf: { exclude_lines: '^DEBUG', max_message_length: '4KiB' } })
  agent.append('a.log', `DEBUG ${'x'.repeat(20_000)}`)
  await agent.ship()
  assert.deepEqual(contents(agent), [])
  await agent.crash()
  agent.append('a.log', `${'x'.repeat(9_000)} INFO\nINFO ${'y'.repeat(20_000)}`)
  await agent.ship()
  agent.append('a.log', ' DEBUG\nINFO z\n')
  await agent.ship()
  assert.equal(contents(agent).join(''), `INFO ${'y'.repeat(20_000)} DEBUG\nINFO z\n`)
  assert.equal(agent.file('a.log').lag, 0)
})

test('an unfinished line that is shipped as partial is held against the filters as it is, and its rest follows', async (t) => {
  const agent = await startAgent(t, {
    message_conf: { exclude_lines: '^DEBUG' },
    shutdown_conf: { flush_partial_after: '1s' },
  })
  agent.append('a.log', 'INFO a\nDEBUG b')
  await agent.ship()
  await agent.shipAfter(1_500)
  agent.append('a.log', ' rest\nINFO c')
  await agent.ship()
  await agent.shipAfter(1_500)
  agent.append('a.log', ' DEBUG\n')
  await agent.ship()
  assert.deepEqual(contents(agent), ['INFO a\n', 'INFO c', ' DEBUG\n'])
  assert.equal(agent.file('a.log').totals.filtered, 'DEBUG b rest\n'.length)
})

test('with multiline_start whole events are kept or dropped', async (t) => {
  const settings = { message_conf: { multiline_start: '^\\d', include_lines: 'ERROR', exclude_lines: 'Ignored' } }
  for (const format of ['json', 'line']) {
    const agent = await startAgent(t, { message_conf: { ...settings.message_conf, format } })
    const events = [
      '1 INFO a\n\tat b\n',
      '2 ERROR c\n\tat d\n',
      '3 ERROR e\n\tat Ignored\n',
      '4 ERROR f\n',
      '5 ERROR g\n',
    ]
    agent.append('a.log', events.join(''))
    await agent.ship()
    await agent.shipAfter(5_000)
    const held = agent.held[0]?.messages.map(({ bytes }) => bytes.toString()).join('')
    assert.equal(held, `${events[1]}${events[3]}${events[4]}`, format)
    assert.equal(agent.file('a.log').lag, 0)
  }
})

test('every other line dropped: one record each, few batches, and no more ranges than the books can hold', async (t) => {
  const agent = await startAgent(t, { message_conf: { exclude_lines: '^b', format: 'line' } })
  const lines = Array.from({ length: 40_000 }, (_, at) => `${at % 2 === 0 ? 'a' : 'b'} line ${at}\n`)
  agent.append('a.log', lines.join(''))
  const began = process.cpuUsage().user
  await agent.ship()
  const took = (process.cpuUsage().user - began) / 1e6
  assert.ok(took < 4, `${took} s`)
  assert.equal(agent.broker.taken.length, 20_000)
  assert.ok(agent.broker.sends < 10, `${agent.broker.sends} sends`)
  const [book] = [...agent.file('a.log').sessions.values()]
  assert.ok((book?.ranges.length ?? 0) <= 101)
  assert.equal(book?.bytes, lines.filter((line) => line.startsWith('a')).join('').length)
  assert.equal(agent.file('a.log').lag, 0)
})

test('a batch that comes back is sent again with the same lines left out', async (t) => {
  const agent = await startAgent(t, { message_conf: { exclude_lines: '^b' } })
  agent.broker.verdict = () => 'refused'
  agent.append('a.log', 'a 1\nb 2\na 3\nb 4\n')
  await agent.round()
  agent.append('a.log', 'a 5\n')
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assert.deepEqual(contents(agent), ['a 1\n', 'a 3\n', 'a 5\n'])
  assert.equal(agent.file('a.log').lag, 0)
})
