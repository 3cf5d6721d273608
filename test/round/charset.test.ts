// Files in other charsets, through whole rounds.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import iconv from 'iconv-lite'
import { newAgent, startAgent, type TestAgent } from '../harness/agent.ts'

const contents = (agent: TestAgent): [unknown, unknown][] =>
  agent.broker.taken.map(({ value }) => {
    const { charset, content, content_encoding } = JSON.parse(value.toString()) as Record<string, unknown>
    return [charset, content_encoding ?? content]
  })

const bytesOf = (agent: TestAgent, name: string): Buffer | undefined =>
  agent.held.find(({ filename }) => filename === agent.path(name))?.bytes

test('a file in GBK ships as UTF-8, written in pieces that cut a character, and offsets are of its own bytes', async (t) => {
  // P30 encodings
  const agent = await startAgent(t, { basic_conf: { charset: 'GB2312' } })
  const bytes = iconv.encode('错误：连接失败\n第二行\n', 'gbk')
  for (let at = 0; at < bytes.length; at += 5) {
    agent.append('a.log', bytes.subarray(at, at + 5))
    await agent.ship()
  }
  assert.deepEqual(contents(agent), [
    ['gbk', '错误：连接失败\n'],
    ['gbk', '第二行\n'],
  ])
  assert.ok(bytesOf(agent, 'a.log')?.equals(bytes))
  agent.assertExact()
})

for (const order of ['utf-16le', 'utf-16be']) {
  test(`the mark at its start tells the order of a file in utf-16, also after a crash: ${order}`, async (t) => {
    // P30 encodings
    const agent = await startAgent(t, { basic_conf: { charset: 'utf-16' } })
    agent.append('a.log', iconv.encode('\ufeff', order).subarray(0, 1))
    await agent.ship()
    agent.append('a.log', iconv.encode('\ufeff上\n', order).subarray(1))
    await agent.ship()
    await agent.crash()
    agent.append('a.log', iconv.encode('下\n', order))
    await agent.ship()
    assert.deepEqual(contents(agent), [
      [order, '\ufeff上\n'],
      [order, '下\n'],
    ])
    assert.ok(bytesOf(agent, 'a.log')?.equals(iconv.encode('\ufeff上\n下\n', order)))
    agent.assertExact()
  })
}

test('without a mark a file in utf-16 is little endian, as Windows writes it', async (t) => {
  const agent = await startAgent(t, { basic_conf: { charset: 'utf-16' } })
  agent.append('a.log', iconv.encode('上\n', 'utf-16le'))
  await agent.ship()
  assert.deepEqual(contents(agent), [['utf-16le', '上\n']])
})

test('start_at = end begins behind the last line end of the charset', async (t) => {
  const agent = await newAgent(t, { basic_conf: { charset: 'utf-16', start_at: 'end' } })
  agent.append('a.log', iconv.encode('\ufeffold\n\u0a00new', 'utf-16be'))
  await agent.start()
  await agent.ship()
  agent.append('a.log', iconv.encode('er\n', 'utf-16be'))
  await agent.ship()
  assert.deepEqual(contents(agent), [['utf-16be', '\u0a00newer\n']])
})

test('a line in UTF-16 that is longer than what is read at a time travels in parts, though it would fit as UTF-8', async (t) => {
  const agent = await startAgent(t, {
    basic_conf: { charset: 'utf-16le' },
    message_conf: { max_message_length: '4KiB' },
  })
  const bytes = iconv.encode(`${'x'.repeat(2_900)}\nnext\n${'y'.repeat(30_000)}`, 'utf-16le')
  agent.append('a.log', bytes)
  await agent.ship()
  agent.append('a.log', iconv.encode('!\n', 'utf-16le'))
  await agent.ship()
  const held = agent.held[0]
  assert.ok(held?.bytes.equals(Buffer.concat([bytes, iconv.encode('!\n', 'utf-16le')])))
  assert.ok(contents(agent).every(([, content]) => /^[xynet!\n]+$/.test(String(content))))
  agent.assertExact()
})

test('lines that are no text are counted, and told once for each file', async (t) => {
  const agent = await startAgent(t, { basic_conf: { charset: 'gbk' } })
  for (let round = 0; round < 2; round++) {
    agent.append('a.log', Buffer.concat([iconv.encode('好\n', 'gbk'), Buffer.from([0xff, 0x0a, 0x81, 0x0a])]))
    await agent.ship()
  }
  assert.deepEqual(
    agent.eventsNamed('bytes_encoded').map(({ offset, bytes }) => [offset, bytes]),
    [
      [3, 4],
      [10, 4],
    ],
  )
  assert.deepEqual(
    agent.eventsNamed('not_text').map(({ charset, offset }) => [charset, offset]),
    [['gbk', 3]],
  )
})

test('all bytes of memory that a charset needs are within memory_limit, and what it ships is whole', async (t) => {
  const agent = await startAgent(t, { basic_conf: { charset: 'gbk', memory_limit: '4MiB' } })
  const bytes = iconv.encode('错误：数据库连接失败，用户名或密码不正确\n'.repeat(60_000), 'gbk')
  agent.append('a.log', bytes)
  await agent.ship()
  assert.ok(bytesOf(agent, 'a.log')?.equals(bytes))
  agent.assertExact()
})
