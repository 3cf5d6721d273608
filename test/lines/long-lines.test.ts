import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const MIB = 1024 * 1024

/** Text with characters of one to four bytes, exactly `bytes` long. */
function lineOf(bytes: number): Buffer {
  const pattern = Buffer.from('abc é 漢字 \u{1f600} "quoted" \\ \t ')
  const line = Buffer.alloc(bytes, pattern)
  line[bytes - 1] = 0x0a
  // The last character may have been cut by the line end.
  line.fill('x', bytes - 5, bytes - 1)
  for (let at = bytes - 6; (line[at] as number) >= 0x80; at--) line[at] = 0x78
  return line
}

const parts = (agent: TestAgent, name: string): unknown[] => {
  const file = agent.held.find(({ filename }) => filename === agent.path(name))
  return file?.messages.filter(({ part }) => part !== undefined).map(({ part, last }) => [part, last]) ?? []
}

const bytesOf = (agent: TestAgent, name: string): Buffer | undefined =>
  agent.held.find(({ filename }) => filename === agent.path(name))?.bytes

function numbered(found: unknown[]): void {
  assert.deepEqual(
    found,
    found.map((_, index) => [index + 1, index === found.length - 1]),
  )
}

for (const format of ['json', 'raw', 'line']) {
  for (const size of [1, 2, 3]) {
    test(`a line of ${size} MiB that fits no message ships in numbered parts, as ${format}`, async (t) => {
      // P23 long lines
      const agent = await startAgent(t, { message_conf: { format } })
      const content = Buffer.concat([Buffer.from('before\n'), lineOf(size * MIB), Buffer.from('after\n')])
      agent.append('a.log', content)
      await agent.ship()
      assert.ok(bytesOf(agent, 'a.log')?.equals(content))
      assert.ok(agent.broker.taken.every(({ value }) => value.length < 1_048_588))
      agent.assertExact()
      if (format === 'line') return
      const found = parts(agent, 'a.log')
      assert.ok(found.length > size)
      numbered(found)
    })
  }
}

test('no part cuts a character', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB' } })
  for (let shift = 0; shift < 4; shift++)
    agent.append(`${shift}.log`, `${'x'.repeat(shift)}${'\u{1f600}'.repeat(5_000)}\n`)
  await agent.ship()
  for (const { messages } of agent.held)
    for (const { bytes } of messages) assert.ok(!bytes.toString().includes('\ufffd'))
  assert.ok(agent.broker.taken.every(({ value }) => !value.includes('content_encoding')))
  agent.assertExact()
})

test('parts of a line ship before its end is there', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB' } })
  agent.append('a.log', 'x'.repeat(20_000))
  await agent.ship()
  const shipped = bytesOf(agent, 'a.log')?.length ?? 0
  assert.ok(shipped > 15_000 && shipped < 20_000, String(shipped))
  agent.append('a.log', 'the end\nnext\n')
  await agent.ship()
  assert.equal(bytesOf(agent, 'a.log')?.toString(), `${'x'.repeat(20_000)}the end\nnext\n`)
  numbered(parts(agent, 'a.log'))
  agent.assertExact()
})

test('after a crash between two parts of a line the rest goes on with the right number', async (t) => {
  // P23 long lines
  const agent = await startAgent(t, {
    message_conf: { max_message_length: '4KiB' },
    basic_conf: { read_bytes_per_turn: '1KiB' },
  })
  agent.append('warm.log', 'up\n')
  await agent.ship()
  const line = lineOf(60_000)
  agent.append('a.log', line)
  for (let acks = 0; acks < 40; acks++) {
    agent.broker.verdict = () => {
      agent.broker.verdict = () => 'hold'
      return 'ack'
    }
    await agent.round()
    await agent.crash()
  }
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assert.ok(bytesOf(agent, 'a.log')?.equals(line))
  const found = parts(agent, 'a.log')
  assert.ok(found.length > 15)
  numbered(found)
  agent.assertExact()
})

test('parts that were sent but not committed come again with the same numbers', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB' } })
  agent.append('a.log', 'short\n')
  await agent.ship()
  const line = lineOf(30_000)
  agent.append('a.log', line)
  agent.state.full = true
  await agent.round()
  const first = parts(agent, 'a.log')
  await agent.crash()
  await agent.ship()
  const all = parts(agent, 'a.log')
  assert.ok(first.length > 5)
  assert.deepEqual(all, [...first, ...first])
  assert.ok(bytesOf(agent, 'a.log')?.equals(Buffer.concat([Buffer.from('short\n'), line])))
})

test('invalid UTF-8 ships as base64 in messages of its own, byte for byte, and the lines around it as text', async (t) => {
  // P30 encodings
  const agent = await startAgent(t)
  const bad = Buffer.from([0x66, 0xff, 0xfe, 0x80, 0xc3, 0x0a])
  const content = Buffer.concat([
    Buffer.from('good é\n'),
    bad,
    bad,
    Buffer.from('good again\n'),
    Buffer.from([0xc3, 0x0a]),
  ])
  agent.append('a.log', content)
  await agent.ship()
  assert.ok(bytesOf(agent, 'a.log')?.equals(content))
  const kinds = agent.broker.taken.map(({ value }) => JSON.parse(value.toString()) as Record<string, unknown>)
  assert.deepEqual(
    kinds.map((message) => [message['offset'], message['content_encoding'] ?? 'text']),
    [
      [0, 'text'],
      [8, 'base64'],
      [20, 'text'],
      [31, 'base64'],
    ],
  )
  agent.assertExact()
})

test('a long line that is invalid in the middle arrives byte for byte', async (t) => {
  const agent = await startAgent(t, { message_conf: { max_message_length: '4KiB' } })
  const line = lineOf(40_000)
  line[20_001] = 0xff
  agent.append('a.log', line)
  await agent.ship()
  assert.ok(bytesOf(agent, 'a.log')?.equals(line))
  numbered(parts(agent, 'a.log'))
  agent.assertExact()
})

test('random bytes arrive byte for byte in every format', async (t) => {
  for (const format of ['json', 'raw', 'line']) {
    const agent = await startAgent(t, { message_conf: { format, max_message_length: '8KiB' } })
    const noise = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251))
    agent.append('a.log', Buffer.concat([noise, Buffer.from('\n')]))
    await agent.ship()
    assert.ok(bytesOf(agent, 'a.log')?.equals(Buffer.concat([noise, Buffer.from('\n')])), format)
    agent.assertExact()
  }
})
