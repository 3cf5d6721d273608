import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** As logrotate's `compress` does it: the `.gz` is written whole, then its source is removed. */
function gzip(agent: TestAgent, name: string, as = `${name}.gz`): void {
  execFileSync('gzip', ['-f', agent.path(name)])
  if (as !== `${name}.gz`) agent.rename(`${name}.gz`, as)
}

/** 54 bytes each. */
const lines = (from: number, count: number): string =>
  Array.from(
    { length: count },
    (_, i) => `${String(from + i).padStart(8, '0')}: the quick brown fox jumps over the lazy dog\n`,
  ).join('')

/** Files are closed soon, so that nothing is left but what lies on disk. */
const CLOSED = { basic_conf: { close_inactive: '1s' } }

const globs = (
  agent: TestAgent,
  ...names: string[]
): { basic_conf: { inputpath: string; close_inactive: string } } => ({
  basic_conf: { inputpath: names.map(agent.path).join(';'), close_inactive: '1s' },
})

/** Ships what is there; then its handles are closed. */
async function shipAndRest(agent: TestAgent): Promise<void> {
  await agent.ship()
  agent.clock.advance(1000)
  await agent.round()
  assert.equal(agent.disk.handles.size, 0)
}

/** Texts too long for a message of the test's, told by their length and a hash. */
const brief = (texts: readonly string[]): string[] =>
  texts.map((text) => `${text.length} bytes, ${createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 8)}`)

const assertShipped = (agent: TestAgent, name: string, texts: readonly string[]): void =>
  assert.deepEqual(brief(agent.shipped(name)).toSorted(), brief(texts).toSorted())

const assertHeld = (agent: TestAgent, texts: readonly string[]): void =>
  assert.deepEqual(brief(agent.held.map(({ bytes }) => bytes.toString('latin1'))).toSorted(), brief(texts).toSorted())

function assertNothingLost(agent: TestAgent): void {
  for (const file of agent.files) assert.equal(file.totals.abandoned, 0, file.path)
}

test('a file that was compressed between two rounds, with bytes unread, goes on inside its .gz', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 1000)
  agent.append('a.log', all.slice(0, 27_000))
  await shipAndRest(agent)
  agent.append('a.log', all.slice(27_000))
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'the next\n')
  gzip(agent, 'a.log.1')
  await agent.rounds(2)
  await agent.ship()
  assertShipped(agent, 'a.log', [all, 'the next\n'])
  agent.assertExact()
  assertNothingLost(agent)
  const [event] = agent.eventsNamed('file_continued')
  assert.equal(event?.to, agent.path('a.log.1.gz'))
})

for (const glob of ['*.log', '*.log*', '*.gz', '*']) {
  test(`a file that was compressed while the agent was down goes on at its offset, with a further glob ${glob}`, async (t) => {
    const agent = await startAgent(t, CLOSED)
    await agent.crash(globs(agent, 'a.log', glob))
    const all = lines(0, 2000)
    agent.append('a.log', all.slice(0, 48_600))
    await shipAndRest(agent)
    agent.append('a.log', all.slice(48_600))
    agent.rename('a.log', 'a.log.1')
    gzip(agent, 'a.log.1')
    await agent.crash()
    await agent.rounds(2)
    await agent.ship()
    assertShipped(agent, 'a.log', [all])
    assert.equal(agent.held.length, 1)
    agent.assertExact()
    assertNothingLost(agent)
  })
}

test('delaycompress: a rotated file that is compressed and numbered on at once is still found', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 500)
  agent.append('a.log', all.slice(0, 10_800))
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'second\n')
  await shipAndRest(agent)
  agent.append('a.log.1', all.slice(10_800))
  agent.rename('a.log.1', 'a.log.2')
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'third\n')
  gzip(agent, 'a.log.2')
  await agent.rounds(3)
  await agent.ship()
  assertShipped(agent, 'a.log', [all, 'second\n', 'third\n'])
  agent.assertExact()
  assertNothingLost(agent)
})

test('a .gz that is renamed while it is read goes on under its new name', async (t) => {
  const agent = await startAgent(t, { basic_conf: { close_inactive: '1s', read_bytes_per_turn: '4KiB' } })
  const all = lines(0, 4000)
  agent.append('a.log', all.slice(0, 10_800))
  await shipAndRest(agent)
  agent.append('a.log', all.slice(10_800))
  gzip(agent, 'a.log', 'a.log.1.gz')
  await agent.crash()
  agent.broker.verdict = () => 'hold'
  await agent.rounds(5)
  assert.equal(agent.eventsNamed('file_continued').length, 1)
  agent.rename('a.log.1.gz', 'a.log.2.gz')
  await agent.crash()
  agent.broker.verdict = () => 'ack'
  await agent.ship()
  assertShipped(agent, 'a.log', [all])
  assertNothingLost(agent)
})

test('an unfinished last line in a .gz ships as partial after rotated_quiet', async (t) => {
  const agent = await startAgent(t, CLOSED)
  agent.append('a.log', lines(0, 100))
  await shipAndRest(agent)
  agent.append('a.log', 'cut o')
  gzip(agent, 'a.log')
  await agent.rounds(4)
  await agent.shipAfter(30_000)
  assertShipped(agent, 'a.log', [`${lines(0, 100)}cut o`])
  assert.equal(agent.held[0]?.messages.at(-1)?.partial, true)
  agent.assertExact()
})

for (const settled of ['wholly', 'half'] as const) {
  test(`while the source is there, its .gz waits, complete or not, and nothing ships twice: ${settled} settled`, async (t) => {
    const agent = await startAgent(t, CLOSED)
    await agent.crash(globs(agent, '*.log', '*.gz'))
    const all = lines(0, 3000)
    agent.append('a.log', all.slice(0, 54_000))
    await agent.ship()
    if (settled === 'wholly') agent.append('a.log', all.slice(54_000))
    if (settled === 'wholly') await agent.ship()
    const packed = gzipSync(all)
    fs.writeFileSync(agent.path('a.log.gz'), packed.subarray(0, packed.length / 2))
    await agent.ship()
    if (settled === 'half') agent.append('a.log', all.slice(54_000))
    fs.appendFileSync(agent.path('a.log.gz'), packed.subarray(packed.length / 2))
    await agent.rounds(3)
    await agent.ship()
    assertHeld(agent, [all])
    agent.remove('a.log')
    await shipAndRest(agent)
    await agent.rounds(3)
    await agent.ship()
    assertHeld(agent, [all])
    agent.assertExact()
    assertNothingLost(agent)
    assert.equal(agent.eventsNamed('file_continued').length, 1, 'the .gz is known as its own')
    assert.deepEqual(agent.eventsNamed('file_unreadable'), [])
  })
}

test('a .gz that is not complete is waited for when its source is gone', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 3000)
  agent.append('a.log', all.slice(0, 54_000))
  await shipAndRest(agent)
  agent.append('a.log', all.slice(54_000))
  const packed = gzipSync(all)
  agent.clock.wall = Date.now()
  fs.writeFileSync(agent.path('a.log.gz'), packed.subarray(0, packed.length / 2))
  agent.remove('a.log')
  await agent.rounds(6)
  assert.deepEqual(agent.eventsNamed('file_gone'), [])
  fs.appendFileSync(agent.path('a.log.gz'), packed.subarray(packed.length / 2))
  await agent.rounds(3)
  await agent.ship()
  assertShipped(agent, 'a.log', [all])
  assertNothingLost(agent)
})

for (const [name, names] of [
  ['*.log*', ['*.log*']],
  ['*.gz', ['*.log', '*.gz']],
] as const) {
  test(`a file that was settled wholly and then compressed is never shipped again, with ${name}`, async (t) => {
    const agent = await startAgent(t, CLOSED)
    await agent.crash(globs(agent, ...names))
    agent.append('a.log', lines(0, 1000))
    await agent.ship()
    agent.rename('a.log', 'a.log.1')
    await agent.ship()
    gzip(agent, 'a.log.1', 'a.log.2.gz')
    await agent.rounds(4)
    await agent.ship()
    await agent.crash()
    await agent.rounds(4)
    assertHeld(agent, [lines(0, 1000)])
    agent.assertExact()
    assertNothingLost(agent)
  })
}

test('nor when it was compressed while the agent was down, nor when its .gz is copied', async (t) => {
  const agent = await startAgent(t, CLOSED)
  await agent.crash(globs(agent, '*.log', '*.gz'))
  agent.append('a.log', lines(0, 1000))
  await agent.ship()
  gzip(agent, 'a.log', 'a-20261120.log.gz')
  await agent.crash()
  await agent.rounds(4)
  fs.copyFileSync(agent.path('a-20261120.log.gz'), agent.path('copy.gz'))
  await agent.rounds(4)
  agent.remove('a-20261120.log.gz')
  await agent.crash()
  await agent.rounds(6)
  assertHeld(agent, [lines(0, 1000)])
  assertNothingLost(agent)
})

test('a .gz that a *.gz glob names, and that continues nothing, ships decompressed from its start', async (t) => {
  const agent = await startAgent(t)
  await agent.crash(globs(agent, '*.gz'))
  fs.writeFileSync(agent.path('old.gz'), gzipSync(lines(0, 1000)))
  fs.writeFileSync(
    agent.path('many.gz'),
    Buffer.concat([gzipSync('one\n'), gzipSync(''), gzipSync('two\nthr'), gzipSync('ee\n')]),
  )
  fs.writeFileSync(agent.path('empty.gz'), gzipSync(''))
  await agent.ship()
  assertShipped(agent, 'old.gz', [lines(0, 1000)])
  assertShipped(agent, 'many.gz', ['one\ntwo\nthree\n'])
  assert.equal(agent.file('empty.gz').size, 0)
  await agent.crash()
  await agent.ship()
  agent.assertExact()
  fs.appendFileSync(agent.path('many.gz'), gzipSync('four\n'))
  await agent.ship()
  assertShipped(agent, 'many.gz', ['one\ntwo\nthree\nfour\n'])
  agent.assertExact()
})

test('start_at = end leaves out all of the .gz files that are there', async (t) => {
  const agent = await startAgent(t)
  fs.writeFileSync(agent.path('old.gz'), gzipSync(lines(0, 1000)))
  await agent.crash({
    basic_conf: { inputpath: agent.path('*.gz') },
    'input:late': { inputpath: agent.path('*.gz'), start_at: 'end' },
  })
  await agent.ship()
  assert.equal(agent.held.length, 1)
})

test('other globs name a .gz once and do not read it', async (t) => {
  const agent = await startAgent(t)
  await agent.crash(globs(agent, '*'))
  fs.writeFileSync(agent.path('old.gz'), gzipSync('old\n'))
  await agent.rounds(3)
  assertHeld(agent, [])
  assert.match(
    agent
      .eventsNamed('file_unreadable')
      .map(({ reason }) => reason)
      .join(),
    /^[^,]*ends in \.gz itself$/,
  )
})

for (const [what, damage] of [
  ['damaged', (packed: Buffer) => packed.fill(0x55, 1000, 1200)],
  ['cut short', (packed: Buffer) => packed.subarray(0, packed.length - 9)],
  ['no gzip at all', () => Buffer.from('plain text\n')],
] as const) {
  test(`what a .gz that is ${what} holds is abandoned by name, and the rest goes on`, async (t) => {
    const agent = await startAgent(t, CLOSED)
    await agent.crash(globs(agent, '*.log', '*.gz'))
    const all = lines(0, 1000)
    agent.append('a.log', all.slice(0, 21_600))
    await shipAndRest(agent)
    agent.append('a.log', all.slice(21_600))
    agent.append('a.log', 'a last line that was never seen\n')
    fs.writeFileSync(agent.path('a.log.gz'), damage(gzipSync(all)))
    agent.remove('a.log')
    agent.append('b.log', 'b\n')
    await agent.crash()
    agent.clock.wall = Date.now() + 120_000
    await agent.rounds(5)
    await agent.ship()
    assertShipped(agent, 'b.log', ['b\n'])
    assert.equal(agent.shipped('a.log').length, 1)
    assert.equal(agent.eventsNamed('file_unreadable').filter(({ path }) => path === agent.path('a.log.gz')).length, 1)
  })
}

test('bytes in a .gz that is damaged are abandoned with the name of the .gz and why', async (t) => {
  const agent = await startAgent(t, CLOSED)
  agent.append('a.log', lines(0, 100))
  agent.broker.verdict = () => 'hold'
  await agent.round()
  const packed = gzipSync(lines(0, 100))
  packed.fill(0, packed.length - 8)
  fs.writeFileSync(agent.path('a.log.1.gz'), packed)
  agent.remove('a.log')
  await agent.crash()
  agent.clock.wall = Date.now() + 120_000
  await agent.rounds(5)
  const [gone] = agent.eventsNamed('file_gone')
  assert.equal(gone?.abandoned, lines(0, 100).length)
  assert.match(gone?.remark ?? '', /^a\.log\.1\.gz is named after it, but incorrect data check$/)
})

for (const ending of ['bz2', 'xz', 'zst', 'lz4', 'Z']) {
  test(`bytes that were compressed to .${ending} are abandoned with that name`, async (t) => {
    const agent = await startAgent(t, CLOSED)
    agent.append('a.log', lines(0, 100))
    agent.broker.verdict = () => 'hold'
    await agent.round()
    agent.rename('a.log', 'elsewhere')
    agent.append(`a.log.1.${ending}`, 'not looked at')
    agent.remove('elsewhere')
    await agent.crash()
    await agent.rounds(4)
    const [gone] = agent.eventsNamed('file_gone')
    assert.equal(gone?.abandoned, lines(0, 100).length)
    assert.ok(gone?.remark?.includes(`a.log.1.${ending}`), gone?.remark ?? 'no remark')
  })
}

test('a crash inside a .gz goes on at the committed offset', async (t) => {
  const agent = await startAgent(t, {
    basic_conf: { close_inactive: '1s' },
    message_conf: { max_message_length: '64KiB' },
  })
  await agent.crash({ ...agent.settings, basic_conf: { inputpath: agent.path('*.gz') } })
  const all = lines(0, 30_000)
  fs.writeFileSync(agent.path('big.gz'), gzipSync(all))
  let sends = 0
  agent.broker.verdict = () => (++sends <= 7 ? 'ack' : 'hold')
  await agent.rounds(4)
  const { offset } = agent.file('big.gz').settled
  assert.ok(offset > 0 && offset < all.length, `${offset}`)
  await agent.crash()
  agent.broker.verdict = () => 'ack'
  assert.equal(agent.file('big.gz').settled.offset, offset)
  await agent.ship()
  assertShipped(agent, 'big.gz', [all])
  assert.ok(agent.held[0]?.messages.some((message) => message.offset === offset))
  assertNothingLost(agent)
})

test('files with the same long header are not taken for each other’s .gz', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const header = `# ${'a constant header '.repeat(100)}\n`
  await agent.crash(globs(agent, '*.log', '*.gz'))
  agent.append('a.log', header + lines(0, 500))
  await agent.ship()
  fs.writeFileSync(agent.path('other.gz'), gzipSync(header + lines(7000, 900)))
  await agent.rounds(4)
  agent.remove('a.log')
  await agent.rounds(4)
  assertHeld(agent, [header + lines(0, 500), header + lines(7000, 900)])
  assertNothingLost(agent)
})

test('with the checkpoint lost, a .gz is shipped again under its file id', async (t) => {
  const agent = await startAgent(t)
  await agent.crash(globs(agent, '*.gz'))
  fs.writeFileSync(agent.path('old.gz'), gzipSync(lines(0, 1000)))
  await agent.ship()
  const { id } = agent.file('old.gz')
  for (const name of agent.state.disk.keys()) if (name.startsWith('checkpoint')) agent.state.disk.delete(name)
  await agent.crash()
  await agent.ship()
  assert.equal(agent.file('old.gz').id, id)
  assert.equal(agent.file('old.gz').settled.offset, lines(0, 1000).length)
  assert.equal(agent.held.length, 1)
})

test('copytruncate and compress between two rounds: what was not read ships out of the .gz', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 1000)
  agent.append('a.log', all.slice(0, 27_000))
  await agent.ship()
  agent.append('a.log', all.slice(27_000))
  fs.copyFileSync(agent.path('a.log'), agent.path('a.log.1'))
  agent.truncate('a.log')
  gzip(agent, 'a.log.1')
  agent.append('a.log', 'after\n')
  await agent.rounds(4)
  await agent.ship()
  assertShipped(agent, 'a.log', [all, 'after\n'])
  agent.assertExact()
  assertNothingLost(agent)
})

test('copytruncate and compress while the agent was down', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 1000)
  agent.append('a.log', all.slice(0, 27_000))
  await agent.ship()
  agent.append('a.log', all.slice(27_000))
  fs.copyFileSync(agent.path('a.log'), agent.path('a.log.1'))
  agent.truncate('a.log')
  gzip(agent, 'a.log.1')
  agent.append('a.log', 'after\n')
  await agent.crash(globs(agent, '*.log', '*.gz'))
  await agent.rounds(2)
  await agent.crash()
  await agent.rounds(4)
  await agent.ship()
  assertShipped(agent, 'a.log', [all, 'after\n'])
  assert.equal(agent.held.length, 2)
  agent.assertExact()
  assertNothingLost(agent)
})

test('a file goes on in its .gz also when another has its inode by then, or the .gz itself', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 1000)
  agent.append('a.log', all.slice(0, 27_000))
  await shipAndRest(agent)
  const packed = gzipSync(all)
  const { ino } = fs.statSync(agent.path('a.log'))
  agent.remove('a.log')
  fs.writeFileSync(agent.path('a.log.1.gz'), packed)
  if (fs.statSync(agent.path('a.log.1.gz')).ino !== ino)
    return t.skip('this file system does not give an inode away at once')
  await agent.rounds(5)
  await agent.ship()
  assertShipped(agent, 'a.log', [all])
  assertNothingLost(agent)
})

for (const when of ['between two rounds', 'while the agent was down']) {
  test(`a file that was born, rotated and compressed ${when} is found by its rotated name`, async (t) => {
    const agent = await startAgent(t, CLOSED, Date.now())
    agent.append('a.log', 'first\n')
    await agent.ship()
    await agent.rounds(2)
    agent.clock.wall = Date.now()
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', lines(0, 500))
    agent.rename('a.log.1', 'a.log.2')
    agent.rename('a.log', 'a.log.1')
    gzip(agent, 'a.log.1')
    agent.append('a.log', 'third\n')
    if (when !== 'between two rounds') await agent.crash()
    await agent.rounds(4)
    await agent.ship()
    assertShipped(agent, 'a.log', ['first\n', lines(0, 500), 'third\n'])
    await agent.rounds(4)
    agent.assertExact()
    assertNothingLost(agent)
  })
}

test('a .gz of what was shipped wholly is not read once more for its rotated name', async (t) => {
  const agent = await startAgent(t, CLOSED, Date.now())
  agent.append('a.log', lines(0, 500))
  await agent.ship()
  await agent.rounds(2)
  agent.rename('a.log', 'a.log.1')
  await shipAndRest(agent)
  gzip(agent, 'a.log.1', 'a.log.2.gz')
  await agent.rounds(5)
  assertHeld(agent, [lines(0, 500)])
  assert.ok(agent.files.every(({ life }) => life === 'gone'))
})

test('a .gz that was made of the front of a living file is not shipped', async (t) => {
  const agent = await startAgent(t, CLOSED)
  await agent.crash(globs(agent, '*.log', '*.gz'))
  agent.append('a.log', lines(0, 500))
  const early = gzipSync(lines(0, 500))
  await agent.ship()
  agent.append('a.log', lines(500, 500))
  await agent.ship()
  fs.writeFileSync(agent.path('a.log.1.gz'), early)
  await agent.rounds(5)
  agent.append('a.log', lines(1000, 500))
  await agent.crash()
  await agent.rounds(5)
  assertHeld(agent, [lines(0, 1500)])
})

test('with a glob that matches everything, what was rotated and compressed unseen is found too', async (t) => {
  const agent = await startAgent(t, CLOSED, Date.now())
  await agent.crash(globs(agent, '*'))
  agent.append('a.log', 'first\n')
  await agent.ship()
  await agent.rounds(2)
  agent.clock.wall = Date.now()
  agent.rename('a.log', 'a.log.2')
  agent.append('a.log', lines(0, 500))
  gzip(agent, 'a.log', 'a.log.1.gz')
  await agent.rounds(5)
  assertHeld(agent, ['first\n', lines(0, 500)])
})

for (const names of [['*.log'], ['*.log*'], ['*.log', '*.gz']]) {
  test(`what a slow writer added to a file after it was compressed ships, the rest not twice, with ${names.join(' and ')}`, async (t) => {
    const agent = await startAgent(t, CLOSED, Date.now())
    await agent.crash(globs(agent, ...names))
    agent.append('a.log', lines(0, 500))
    await agent.ship()
    await agent.rounds(3)
    const writer = fs.openSync(agent.path('a.log'), 'a')
    agent.clock.wall = Date.now()
    agent.rename('a.log', 'a.log.1')
    agent.append('a.log', 'the next\n')
    fs.writeFileSync(agent.path('a.log.1.gz'), gzipSync(lines(0, 500)))
    fs.writeSync(writer, 'late\n')
    await agent.round()
    agent.remove('a.log.1')
    fs.closeSync(writer)
    await agent.rounds(4)
    await shipAndRest(agent)
    await agent.rounds(4)
    await agent.crash()
    await agent.rounds(4)
    assertHeld(agent, [`${lines(0, 500)}late\n`, 'the next\n'])
    agent.assertExact()
    assertNothingLost(agent)
  })
}

test('archives that are renamed in turn while they are looked into are not taken for one another', async (t) => {
  const agent = await startAgent(t, CLOSED)
  await agent.crash(globs(agent, '*.gz'))
  const texts = [lines(0, 400), lines(1000, 300), lines(2000, 200)]
  for (const [i, text] of texts.entries()) fs.writeFileSync(agent.path(`a.log.${i}.gz`), gzipSync(text))
  const { open } = agent.disk
  let left = 4
  agent.disk.open = (path) => {
    if (left-- > 0) {
      agent.rename('a.log.2.gz', 'a.log.3.gz')
      agent.rename('a.log.1.gz', 'a.log.2.gz')
      agent.rename('a.log.0.gz', 'a.log.1.gz')
      agent.rename('a.log.3.gz', 'a.log.0.gz')
    }
    return open.call(agent.disk, path)
  }
  await agent.rounds(5)
  await agent.ship()
  assertHeld(agent, texts)
  agent.assertExact()
})

test('a .gz in the inode of a known file that nobody saw go is read as what it is', async (t) => {
  const agent = await startAgent(t, CLOSED)
  await agent.crash(globs(agent, '*.log', '*.gz'))
  agent.append('a.log', lines(0, 400))
  await shipAndRest(agent)
  const { ino } = fs.statSync(agent.path('a.log'))
  agent.remove('a.log')
  fs.writeFileSync(agent.path('b.gz'), gzipSync(lines(5000, 400)))
  if (fs.statSync(agent.path('b.gz')).ino !== ino) return t.skip('this file system does not give an inode away at once')
  await agent.rounds(5)
  assertHeld(agent, [lines(0, 400), lines(5000, 400)])
})

test('a .gz that begins as two known files do is compared with each once, and not in turns for ever', async (t) => {
  const agent = await startAgent(t)
  await agent.crash(globs(agent, '*.log', '*.gz'))
  const header = lines(0, 30)
  for (const name of ['a.log', 'b.log']) agent.append(name, `${header}${lines(100, 10)}${name}\n`)
  await shipAndRest(agent)
  fs.writeFileSync(agent.path('other.gz'), gzipSync(header + lines(200, 40)))
  let opened = 0
  const open = agent.disk.open.bind(agent.disk)
  agent.disk.open = (path) => {
    if (path.endsWith('.gz')) opened++
    return open(path)
  }
  await agent.rounds(30)
  assert.ok(opened < 10, `it was opened ${opened} times`)
  assertShipped(agent, 'other.gz', [header + lines(200, 40)])
})

test('the .gz of a file that was read wholly is not what a gone copy of its front goes on in', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const all = lines(0, 50)
  agent.append('a.log', '')
  await shipAndRest(agent)
  await agent.crash()
  agent.append('a.log', all.slice(0, 216))
  fs.copyFileSync(agent.path('a.log'), agent.path('a.log.2'))
  agent.append('a.log', all.slice(216))
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'the next\n')
  await agent.start()
  await shipAndRest(agent)
  gzip(agent, 'a.log.1')
  agent.remove('a.log.2')
  for (let i = 0; i < 5; i++) await agent.shipAfter(1000)
  assertHeld(agent, [all.slice(0, 216), all, 'the next\n'])
})

test('nor is it what a gone file with the same header and a line unread goes on in', async (t) => {
  const agent = await startAgent(t, CLOSED)
  const header = lines(0, 21)
  agent.append('a.log', `${header}unfinished`)
  await agent.round()
  agent.rename('a.log', 'a.log.2')
  agent.append('a.log', `${header}second\n`)
  await agent.round()
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'third\n')
  await agent.ship()
  gzip(agent, 'a.log.1')
  agent.remove('a.log.2')
  await agent.crash()
  for (let i = 0; i < 5; i++) await agent.shipAfter(1000)
  assertHeld(agent, [header, `${header}second\n`, 'third\n'])
})
