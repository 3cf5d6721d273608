import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LineLetter } from '../../src/state/dead-letter.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'
import { lettersOf } from '../harness/letters.ts'

const FORMATS = ['json', 'raw', 'line'] as const
const LONG = `${Array.from({ length: 20_000 }, (_, index) => index.toString(36)).join('.')}\n`

const settings = (format: string, policy: string) => ({
  message_conf: { format, long_line: policy, max_message_length: '4KiB' },
})

type Fields = Readonly<Record<string, string | number | boolean | undefined>>

function linesIn(agent: TestAgent): { length: number; part: unknown; last: unknown; partial: unknown }[] {
  return agent.broker.taken.map(({ value, headers }) => {
    const fields = headers['file_id'] === undefined ? (JSON.parse(String(value)) as Fields) : headers
    const { length, part, last, partial }: Fields = fields
    return { length: Number(length), part, last: last && String(last), partial: partial && String(partial) }
  })
}

for (const format of FORMATS) {
  test(`${format}: long_line = truncate ships the first part, and filters the rest, also over a crash`, async (t) => {
    const agent = await startAgent(t, settings(format, 'truncate'))
    agent.append('a.log', 'before\n')
    agent.append('a.log', LONG.slice(0, 50_000))
    await agent.ship()
    const [first] = linesIn(agent).filter(({ part }) => part !== undefined)
    assert.deepEqual(
      { ...first, length: (first?.length ?? 0) > 2_500, part: Number(first?.part) },
      { length: true, part: 1, last: 'true', partial: 'true' },
    )
    assert.equal(agent.file('a.log').totals.filtered, 50_000 - (first?.length ?? 0))
    await agent.crash()
    agent.append('a.log', LONG.slice(50_000))
    agent.append('a.log', 'after\n')
    await agent.ship()
    const shipped = 'before\n'.length + (first?.length ?? 0) + 'after\n'.length
    const size = LONG.length + 'before\nafter\n'.length
    assert.deepEqual(agent.file('a.log').totals, {
      shipped,
      filtered: size - shipped,
      dead_lettered: 0,
      abandoned: 0,
    })
    assert.deepEqual(agent.held[0]?.ranges, [
      [0, 7 + (first?.length ?? 0)],
      [size - 6, size],
    ])
    assert.equal(agent.eventsNamed('line_truncated').length, 1)
  })

  test(`${format}: long_line = dead_letter keeps the line whole, in parts, also over crashes; nothing of it is shipped`, async (t) => {
    const agent = await startAgent(t, settings(format, 'dead_letter'))
    agent.append('a.log', 'before\n')
    for (let at = 0; at < LONG.length; at += 20_000) {
      agent.append('a.log', LONG.slice(at, at + 20_000))
      await agent.ship()
      await agent.crash()
    }
    agent.append('a.log', 'after\n')
    await agent.ship()
    const letters = lettersOf(agent) as LineLetter[]
    assert.equal(letters.map(({ bytes }) => Buffer.from(bytes, 'base64').toString()).join(''), LONG)
    assert.deepEqual(
      letters.map(({ part }) => part),
      letters.map((_, index) => index + 1),
    )
    assert.deepEqual([...new Set(letters.map(({ line }) => line))], [7])
    assert.deepEqual([letters.at(-1)?.last, letters.at(-2)?.last], [true, false])
    assert.deepEqual(agent.file('a.log').totals, {
      shipped: 13,
      filtered: 0,
      dead_lettered: LONG.length,
      abandoned: 0,
    })
    const size = LONG.length + 13
    assert.deepEqual(agent.held[0]?.ranges, [
      [0, 7],
      [size - 6, size],
    ])
    assert.ok(letters.every(({ length }) => length <= 5_200))
  })

  test(`${format}: the longest line that fits a message is neither truncated nor a dead letter`, async (t) => {
    for (const policy of ['truncate', 'dead_letter']) {
      const agent = await startAgent(t, settings(format, policy))
      const text = Array.from({ length: 200 }, (_, index) => `${'z'.repeat(2_400 + index)}\n`).join('')
      agent.append('a.log', text)
      await agent.ship()
      const { shipped, filtered, dead_lettered } = agent.file('a.log').totals
      assert.equal(shipped + filtered + dead_lettered, text.length)
      if (shipped === text.length) continue
      // Once one is too long, all longer ones are.
      const whole = agent.held[0]?.ranges[0]?.[1] ?? 0
      const isWholeLine = text[whole - 1] === '\n' || policy === 'truncate'
      assert.ok(isWholeLine && whole > 100_000, `${whole}`)
    }
  })
}

test('while the state cannot be written the line waits, and nothing behind it is shipped before', async (t) => {
  const agent = await startAgent(t, settings('json', 'dead_letter'))
  agent.append('a.log', 'before\n')
  await agent.ship()
  agent.state.full = true
  agent.append('a.log', `${LONG}after\n`)
  await agent.rounds(3)
  assert.equal(agent.file('a.log').settled.offset, 7)
  assert.equal(agent.broker.taken.length, 1)
  agent.state.full = false
  await agent.shipAfter(5_000)
  assert.equal(agent.file('a.log').lag, 0)
  assert.equal(agent.file('a.log').totals.dead_lettered, LONG.length)
  assert.deepEqual(agent.held[0]?.ranges.at(-1), [LONG.length + 7, LONG.length + 13])
})
