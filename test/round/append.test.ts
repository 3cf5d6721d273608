import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

test('what is appended is shipped, each byte once', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\ntwo\n')
  await agent.ship()
  agent.append('a.log', 'three\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\nthree\n'])
  agent.assertExact()
  assert.equal(agent.file('a.log').settled.offset, 14)
})

test('after a restart it goes on where it stood', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  await agent.crash()
  agent.append('a.log', 'three\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\nthree\n'])
  agent.assertExact()
})

test('an unfinished last line waits until its end is there', async (t) => {
  // P24 last line without newline
  const agent = await startAgent(t)
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  await agent.shipAfter(3_600_000)
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  agent.append('a.log', 'o\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  assert.deepEqual(
    agent.held[0]?.messages.map(({ part, partial }) => [part, partial]),
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  )
})

test('an unfinished line also waits through a restart', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  await agent.crash()
  await agent.ship()
  agent.append('a.log', 'o\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
  agent.assertExact()
})

test('with flush_partial_after an unfinished line ships as partial once it was quiet, and its rest is a part', async (t) => {
  // P24 last line without newline
  const agent = await startAgent(t, { shutdown_conf: { flush_partial_after: '5s' } })
  agent.append('a.log', 'one\ntw')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  agent.clock.advance(4_999)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n'])
  await agent.shipAfter(1)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntw'])
  assert.equal(agent.held[0]?.messages.at(-1)?.partial, true)
  agent.append('a.log', 'o\nthree\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\nthree\n'])
  const rest = agent.held[0]?.messages.find(({ offset }) => offset === 6)
  assert.deepEqual([rest?.bytes.toString(), rest?.part, rest?.last], ['o\n', 2, true])
  agent.assertExact()
})

test('a line that grows is not quiet, and does not ship as partial', async (t) => {
  const agent = await startAgent(t, { shutdown_conf: { flush_partial_after: '5s' } })
  for (let i = 0; i < 5; i++) {
    agent.append('a.log', 'x')
    await agent.shipAfter(3_000)
  }
  assert.deepEqual(agent.shipped('a.log'), [])
  await agent.shipAfter(5_000)
  assert.deepEqual(agent.shipped('a.log'), ['xxxxx'])
})

test('the rest of a partial line is known as such after a crash', async (t) => {
  const agent = await startAgent(t, { shutdown_conf: { flush_partial_after: '5s' } })
  agent.append('a.log', 'one tw')
  await agent.ship()
  await agent.shipAfter(5_000)
  await agent.crash()
  agent.append('a.log', 'o\n')
  await agent.ship()
  const [first, rest] = agent.held[0]?.messages ?? []
  assert.deepEqual([first?.partial, rest?.part, rest?.last, rest?.offset], [true, 2, true, 6])
  agent.assertExact()
})

test('empty files, files of one line end, NULs and CRLF arrive byte for byte', async (t) => {
  const agent = await startAgent(t)
  agent.append('empty.log', '')
  agent.append('newline.log', '\n')
  agent.append('nul.log', Buffer.from('a\0b\n\0\0\0\nend\n'))
  agent.append('crlf.log', 'one\r\ntwo\r\n\r\nthree\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('empty.log'), [])
  assert.equal(agent.file('empty.log').size, 0)
  assert.deepEqual(agent.shipped('newline.log'), ['\n'])
  assert.deepEqual(agent.shipped('nul.log'), ['a\0b\n\0\0\0\nend\n'])
  assert.deepEqual(agent.shipped('crlf.log'), ['one\r\ntwo\r\n\r\nthree\n'])
  agent.append('empty.log', 'not any more\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('empty.log'), ['not any more\n'])
  agent.assertExact()
})

for (const format of ['json', 'raw', 'line']) {
  test(`format ${format} carries every byte`, async (t) => {
    const agent = await startAgent(t, { message_conf: { format } })
    const text = Array.from({ length: 300 }, (_, i) =>
      `${i} ${'"\\\t\u0001é漢\u{1f600}'.repeat(i % 7)}\r\n`.slice(i % 2),
    ).join('')
    agent.append('a.log', Buffer.from(text))
    await agent.ship()
    assert.equal(Buffer.from(agent.shipped('a.log')[0] ?? '', 'latin1').toString(), text)
    agent.assertExact()
  })
}
