import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { TrackedFile } from '../../src/files/tracked-file.ts'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** An application that writes at its own position: what `app > file` is, without O_APPEND. */
class Writer {
  readonly #fd: number
  readonly #agent: TestAgent
  /** What the file holds now. */
  content = Buffer.alloc(0)
  #position = 0

  constructor(t: TestContext, agent: TestAgent) {
    this.#agent = agent
    this.#fd = fs.openSync(agent.path('a.log'), 'w')
    t.after(() => fs.closeSync(this.#fd))
  }

  write(text: string): void {
    fs.writeSync(this.#fd, text)
    const gap = Buffer.alloc(this.#position - this.content.length)
    this.content = Buffer.concat([this.content, gap, Buffer.from(text)])
    this.#position += text.length
  }

  /** As logrotate's copytruncate has it. Returns what the file held. */
  copytruncate(): string {
    fs.copyFileSync(this.#agent.path('a.log'), this.#agent.path('a.old'))
    fs.truncateSync(this.#agent.path('a.log'))
    const before = this.content.toString('latin1')
    this.content = Buffer.alloc(0)
    return before
  }

  get text(): string {
    return this.content.toString('latin1')
  }
}

const holes = (agent: TestAgent): number[] => agent.eventsNamed('file_hole').map(({ bytes }) => bytes)

/** No message begins with a NUL, and all that is no hole came once. */
function assertWithoutHoles(agent: TestAgent): void {
  for (const { filename, messages, duplicated, ranges } of agent.held) {
    assert.deepEqual([duplicated, ranges.length], [0, 1], filename)
    assert.ok(messages.every(({ bytes }) => bytes[0] !== 0))
  }
  assert.equal(living(agent).lag, 0)
}

/** The copies of copytruncate go on under the ids of what they are copies of. */
function living(agent: TestAgent): TrackedFile {
  const file = agent.files.find(({ life }) => life === 'living')
  assert.ok(file !== undefined)
  return file
}

for (const looks of [false, true]) {
  for (const [what, crash] of [
    ['', 'never'],
    [', across crashes before the writer goes on', 'before'],
    [', across crashes after it', 'after'],
  ] as const) {
    test(`the NULs that a writer without O_APPEND leaves after truncations are filtered, ${looks ? 'also when the file was seen empty' : 'when it grew at once'}${what}`, async (t) => {
      const agent = await startAgent(t)
      const writer = new Writer(t, agent)
      const generations: string[] = []
      for (let number = 0; number < 5; number++) {
        writer.write(`line ${number}\n`.repeat(300))
        if (crash === 'after') await agent.crash()
        await agent.ship()
        writer.write(`more ${number}\n`)
        await agent.ship()
        generations.push(writer.copytruncate())
        if (looks) await agent.ship()
        if (crash === 'before') await agent.crash()
      }
      writer.write('the end\n')
      await agent.ship()
      assert.deepEqual(agent.shipped('a.log'), [...generations, writer.text])
      assert.deepEqual(holes(agent), [2107, 4214, 6321, 8428, 10535])
      assertWithoutHoles(agent)
      assert.equal(living(agent).totals.filtered, 10535)
    })
  }
}

test('what the writer wrote between the last look and the truncation makes the hole longer', async (t) => {
  const agent = await startAgent(t)
  const writer = new Writer(t, agent)
  writer.write('one\n')
  await agent.ship()
  writer.write('never seen\n')
  writer.copytruncate()
  writer.write('two\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').at(-1), `${'\0'.repeat(15)}two\n`)
  assert.deepEqual(holes(agent), [15])
})

test('two files with holes are not taken for copies of one another, as which their NULs would ship', async (t) => {
  const agent = await startAgent(t)
  for (const name of ['a.log', 'b.log']) {
    fs.writeFileSync(agent.path(name), `${name}\n`.repeat(300))
    await agent.ship()
    fs.truncateSync(agent.path(name))
    await agent.ship()
    fs.writeFileSync(agent.path(name), `${'\0'.repeat(1800)}the end\n`)
    await agent.ship()
  }
  assert.deepEqual(holes(agent), [1800, 1800])
  assert.ok(agent.held.every(({ messages }) => messages.every(({ bytes }) => bytes[0] !== 0)))
})

test('a rewrite that only the read sees leaves a hole too', async (t) => {
  const agent = await startAgent(t)
  const writer = new Writer(t, agent)
  writer.write('one\n'.repeat(500))
  await agent.ship()
  writer.write('two\n')
  let done = false
  agent.disk.beforeRead = () => {
    if (done || agent.file('a.log').size < 2004) return
    done = true
    writer.copytruncate()
    writer.write('three\n')
  }
  await agent.ship()
  await agent.ship()
  assert.ok(done)
  assert.equal(agent.shipped('a.log').at(-1), `${'\0'.repeat(2004)}three\n`)
  assert.deepEqual(holes(agent), [2004])
})

for (const down of [false, true]) {
  test(`an unfinished line right behind a hole is abandoned with a record when it is truncated away${down ? ' while the agent is down' : ''}`, async (t) => {
    const agent = await startAgent(t)
    const writer = new Writer(t, agent)
    writer.write('one\n'.repeat(500))
    await agent.ship()
    writer.copytruncate()
    writer.write('unfinished')
    await agent.ship()
    fs.truncateSync(agent.path('a.log'))
    writer.content = Buffer.alloc(0)
    writer.write('three\n')
    if (down) await agent.crash()
    await agent.ship()
    await agent.ship()
    assert.deepEqual(holes(agent), [2000, 2010])
    assert.equal(agent.shipped('a.log').at(-1), writer.text)
    assert.deepEqual(
      agent.eventsNamed('file_ended').map(({ how, abandoned }) => [how, abandoned]),
      [['rewritten', 10]],
    )
  })
}

test('what stood behind a hole while Kafka took nothing is abandoned with a record, not filtered, when it is truncated away', async (t) => {
  const agent = await startAgent(t)
  const writer = new Writer(t, agent)
  writer.write('one\n'.repeat(500))
  await agent.ship()
  agent.broker.verdict = () => 'refused'
  agent.append('b.log', 'b\n')
  await agent.round()
  writer.copytruncate()
  writer.write('two\n')
  await agent.round()
  fs.truncateSync(agent.path('a.log'))
  writer.content = Buffer.alloc(0)
  writer.write('three\n')
  await agent.round()
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assert.deepEqual(holes(agent), [2000, 2004])
  const second = agent.files.find(({ totals }) => totals.filtered === 2000)
  assert.deepEqual([second?.totals.abandoned, second?.totals.shipped], [4, 0])
  assert.equal(agent.shipped('a.log').at(-1), writer.text)
})

test('NULs to the end of the file wait while they are fewer than the old size, and are filtered from there on', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n'.repeat(500))
  await agent.ship()
  agent.truncate('a.log')
  await agent.ship()
  agent.truncate('a.log', 1500)
  await agent.ship()
  const file = agent.file('a.log')
  assert.deepEqual([file.lag, file.totals.filtered, holes(agent)], [1500, 0, []])
  agent.truncate('a.log', 2500)
  await agent.ship()
  assert.deepEqual([file.lag, file.totals.filtered], [0, 2500])
  await agent.crash()
  agent.append('a.log', `${'\0'.repeat(500)}two\n`)
  await agent.ship()
  assert.deepEqual(holes(agent), [2500, 500])
  assert.equal(agent.shipped('a.log').at(-1), `${'\0'.repeat(3000)}two\n`)
  assertWithoutHoles(agent)
})

test('fewer NULs than the old size at the start of a rewritten file are its own, and ship', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n'.repeat(500))
  await agent.ship()
  const text = `${'\0'.repeat(1999)}two\n`
  fs.writeFileSync(agent.path('a.log'), text)
  await agent.ship()
  await agent.ship()
  assert.equal(agent.shipped('a.log').at(-1), text)
  assert.deepEqual(holes(agent), [])
  agent.assertExact()
})

test('a sparse file that takes the path of a renamed one has no hole', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.rename('a.log', 'a.old')
  const fd = fs.openSync(agent.path('a.log'), 'w')
  fs.writeSync(fd, 'in the middle\n', 300_000)
  fs.closeSync(fd)
  await agent.ship()
  assert.equal(agent.shipped('a.log').at(-1), fs.readFileSync(agent.path('a.log'), 'latin1'))
  assert.deepEqual(holes(agent), [])
  agent.assertExact()
})

test('a hole of 40 MB is passed in pieces', async (t) => {
  const agent = await startAgent(t, { basic_conf: { memory_limit: '4MiB' } })
  const hole = 40 * 1024 * 1024
  agent.append('a.log', 'one\n')
  await agent.ship()
  fs.writeFileSync(agent.path('a.log'), '')
  const fd = fs.openSync(agent.path('a.log'), 'r+')
  fs.writeSync(fd, 'two\n', hole)
  fs.closeSync(fd)
  let reads = 0
  agent.disk.beforeRead = () => void reads++
  await agent.ship()
  assert.deepEqual(holes(agent), [hole])
  assert.deepEqual(
    agent.held.at(-1)?.messages.map(({ offset, bytes }) => [offset, bytes.toString()]),
    [[hole, 'two\n']],
  )
  assert.ok(reads > 10, 'it was read in pieces')
})

test('an application that is a process of its own goes on behind the hole', async (t) => {
  const agent = await startAgent(t)
  const loop = 'while read -r line; do echo "$line"; echo written >&2; done > "$1"'
  const child = spawn('sh', ['-c', loop, 'sh', agent.path('a.log')])
  t.after(() => child.kill())
  const say = async (line: string): Promise<void> => {
    child.stdin.write(`${line}\n`)
    await once(child.stderr, 'data')
  }
  await say('one')
  await agent.ship()
  agent.truncate('a.log')
  await say('two')
  await say('three')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\n', `${'\0'.repeat(4)}two\nthree\n`])
  assert.deepEqual(holes(agent), [4])
})
