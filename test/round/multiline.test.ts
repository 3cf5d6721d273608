// Events of several lines, through whole rounds.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import iconv from 'iconv-lite'
import { leave } from '../../src/leave.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const START = '^\\d{4}-\\d\\d-\\d\\d'

const JAVA = [
  '2026-11-20 10:00:01,123 ERROR [main] com.example.Orders - order 7 failed',
  'java.lang.IllegalStateException: no stock',
  '\tat com.example.Orders.place(Orders.java:42)',
  '\tat com.example.Main.main(Main.java:7)',
  'Caused by: java.io.IOException: closed',
  '\t... 2 more',
  '',
].join('\n')

const PYTHON = [
  '2026-11-20 10:00:02,000 ERROR worker: job failed',
  'Traceback (most recent call last):',
  '  File "/srv/app.py", line 10, in <module>',
  '    main()',
  '',
  'ValueError: invalid literal',
  '',
].join('\n')

const one = (text: string): string => `2026-11-20 10:00:03 ${text}\n`

const messages = (agent: TestAgent, name = 'a.log'): string[] =>
  agent.held.find(({ filename }) => filename === agent.path(name))?.messages.map(({ bytes }) => bytes.toString()) ?? []

const multiline = (t: Parameters<typeof startAgent>[0], more: Record<string, string> = {}): Promise<TestAgent> =>
  startAgent(t, { message_conf: { multiline_start: START, ...more } })

test('a Java stack trace and a Python traceback stay whole, also when they are written in several rounds', async (t) => {
  const agent = await multiline(t)
  for (const event of [JAVA, PYTHON, JAVA]) {
    const lines = event.split(/(?<=\n)/)
    for (const line of lines) {
      agent.append('a.log', line.slice(0, 5))
      await agent.shipAfter(1_000)
      agent.append('a.log', line.slice(5))
      await agent.shipAfter(1_000)
    }
  }
  assert.deepEqual(messages(agent), [JAVA, PYTHON])
  await agent.shipAfter(5_000)
  assert.deepEqual(messages(agent), [JAVA, PYTHON, JAVA])
  agent.assertExact()
})

test('an event that is not over waits for multiline_timeout since the last growth, no longer', async (t) => {
  const agent = await multiline(t, { multiline_timeout: '3s' })
  agent.append('a.log', `${one('first')}${one('second')}`)
  await agent.ship()
  assert.deepEqual(messages(agent), [one('first')])
  await agent.shipAfter(2_900)
  agent.append('a.log', '\tmore\n')
  await agent.shipAfter(1)
  await agent.shipAfter(2_900)
  assert.deepEqual(messages(agent), [one('first')])
  await agent.shipAfter(200)
  assert.deepEqual(messages(agent), [one('first'), `${one('second')}\tmore\n`])
  // An unfinished line goes on waiting.
  agent.append('a.log', `${one('third')}unfin`)
  await agent.ship()
  await agent.shipAfter(3_100)
  assert.deepEqual(messages(agent).slice(2), [one('third')])
  assert.ok((await agent.round()).done)
  agent.assertExact()
})

test('as many events as fit travel in one message, cut where one begins', async (t) => {
  const agent = await multiline(t, { max_message_length: '2KiB' })
  const events = Array.from({ length: 100 }, (_, at) => `${one(`event ${at}`)}${'\tat x\n'.repeat(at % 7)}`)
  agent.append('a.log', events.join(''))
  await agent.ship()
  await agent.shipAfter(5_000)
  const found = messages(agent)
  assert.equal(found.join(''), events.join(''))
  assert.ok(found.length < 12, `${found.length} messages`)
  for (const message of found) assert.match(message, /^2026/)
  agent.assertExact()
})

for (const format of ['json', 'line']) {
  test(`${format}: an event that fits no message is cut where lines end, and what follows is whole again`, async (t) => {
    const agent = await multiline(t, { max_message_length: '2KiB', format })
    const large = `${one('large')}${Array.from({ length: 300 }, (_, at) => `\tat line ${at}\n`).join('')}`
    agent.append('a.log', `${one('before')}${large}${JAVA}${one('behind')}`)
    await agent.ship()
    await agent.shipAfter(5_000)
    const found = messages(agent)
    assert.equal(found.join(''), `${one('before')}${large}${JAVA}${one('behind')}`)
    assert.ok(found.every((message) => message.endsWith('\n')))
    assert.ok(found.some((message) => message.includes(JAVA)))
    assert.ok(found.length > 2 && found.length < 12, `${found.length} messages`)
    agent.assertExact()
  })
}

test('an event that goes on and on is shipped in front of its end once it fills a message', async (t) => {
  const agent = await multiline(t, { max_message_length: '2KiB' })
  agent.append('a.log', one('endless'))
  for (let at = 0; at < 50; at++) {
    agent.append('a.log', `\tat line ${at} ${'x'.repeat(90)}\n`)
    await agent.shipAfter(100)
  }
  assert.ok(messages(agent).length >= 2)
  agent.assertExact()
})

test('line: an event is one record, its value with the line ends inside', async (t) => {
  const agent = await multiline(t, { format: 'line' })
  agent.append('a.log', `${JAVA}${PYTHON.replaceAll('\n', '\r\n')}${one('x')}`)
  await agent.ship()
  await agent.shipAfter(5_000)
  assert.deepEqual(
    agent.broker.taken.map(({ value }) => value.toString()),
    [JAVA.slice(0, -1), PYTHON.replaceAll('\n', '\r\n').slice(0, -2), one('x').slice(0, -1)],
  )
  agent.assertExact()
})

test('a rotation ships the event that waits, before what the new file holds', async (t) => {
  const agent = await multiline(t)
  agent.append('a.log', JAVA.slice(0, 150))
  await agent.ship()
  assert.deepEqual(messages(agent), [])
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', `${JAVA.slice(150)}${one('new')}`)
  await agent.ship()
  const cut = JAVA.lastIndexOf('\n', 149) + 1
  assert.equal(agent.broker.taken.length, 2)
  assert.match(agent.broker.taken[0]?.value.toString() ?? '', /order 7 failed/)
  assert.equal(agent.shipped('a.log')[0], JAVA.slice(0, cut))
})

test('what a deleted file still held is shipped without waiting', async (t) => {
  const agent = await multiline(t)
  agent.append('a.log', JAVA)
  await agent.round()
  agent.remove('a.log')
  await agent.ship()
  assert.deepEqual(messages(agent), [JAVA])
})

test('an agent that stops ships the event that waits; a new configuration goes on with it', async (t) => {
  const agent = await multiline(t)
  const options = { deadline: () => Number.POSITIVE_INFINITY, quiet: 0, flushPartial: false }
  agent.append('a.log', JAVA.slice(0, 150))
  await agent.ship()
  assert.deepEqual(await leave(agent.parts, { why: 'SIGHUP', ...options }), { bytes: 0, files: 0 })
  assert.deepEqual(messages(agent), [])
  await agent.start()
  agent.append('a.log', JAVA.slice(150))
  await agent.ship()
  assert.deepEqual(messages(agent), [])
  assert.deepEqual(await leave(agent.parts, { why: 'SIGTERM', ...options }), { bytes: 0, files: 0 })
  assert.deepEqual(messages(agent), [JAVA])
  agent.assertExact()
})

test('after a crash an event that waited is whole', async (t) => {
  const agent = await multiline(t)
  agent.append('a.log', `${one('first')}${JAVA.slice(0, 150)}`)
  await agent.ship()
  await agent.crash()
  agent.append('a.log', JAVA.slice(150))
  await agent.ship()
  await agent.shipAfter(5_000)
  assert.deepEqual(messages(agent), [one('first'), JAVA])
})

test('the pattern is held against text: events in UTF-16 are whole, and one in Chinese begins where it says', async (t) => {
  const agent = await startAgent(t, {
    basic_conf: { charset: 'utf-16le' },
    message_conf: { multiline_start: '^(?:错误|警告)' },
  })
  const events = ['错误 一\n\t在 甲\n\t在 上\n', '警告 二\n  三\n']
  agent.append('a.log', iconv.encode(`${events.join('')}错误`, 'utf-16le'))
  await agent.ship()
  agent.append('a.log', iconv.encode(' 四\n', 'utf-16le'))
  await agent.ship()
  const found = agent.broker.taken.map(({ value }) => (JSON.parse(value.toString()) as { content: string }).content)
  assert.deepEqual(found, [events[0], events[1]])
})

test('no pattern and no line hold it up: what goes back in other engines for ever takes no time', async (t) => {
  const agent = await startAgent(t, { message_conf: { multiline_start: '^(a+)+$|^(a|aa)+b|(x*)*y$' } })
  agent.append('a.log', `${'a'.repeat(50_000)}!\n`.repeat(20))
  const began = process.cpuUsage().user
  await agent.ship()
  await agent.shipAfter(5_000)
  const took = (process.cpuUsage().user - began) / 1e6
  assert.ok(took < 2, `${took} s`)
  assert.equal(messages(agent).join('').length, 20 * 50_002)
})
