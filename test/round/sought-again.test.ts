import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startAgent, type TestAgent } from '../harness/agent.ts'
import { takeInode } from '../harness/take-inode.ts'

// What continues a lost file is found where it was not expected

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${from + i} ${'.'.repeat(60)}\n`).join('')

const agentFor = (t: TestContext): Promise<TestAgent> => startAgent(t, { basic_conf: { close_inactive: '1s' } })

function release(agent: TestAgent): void {
  agent.broker.verdict = () => 'ack'
  for (const sent of agent.broker.held.splice(0)) sent.answer('ack')
}

/** Ships what is there; then its handles are closed. */
async function shipAndRest(agent: TestAgent): Promise<void> {
  await agent.ship()
  agent.clock.advance(1000)
  await agent.round()
}

const copytruncate = (agent: TestAgent, name: string, to: string): void => {
  fs.copyFileSync(agent.path(name), agent.path(to))
  agent.truncate(name)
}

function assertWhole(agent: TestAgent, texts: readonly string[]): void {
  assert.deepEqual(
    agent.held.map(({ bytes }) => bytes.length),
    texts.map(({ length }) => length),
  )
  assert.deepEqual(agent.shipped('a.log'), texts)
  for (const { path, totals } of agent.files) assert.equal(totals.abandoned, 0, path)
}

test('a copy in the inode of an older copy that was deleted is found too', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  copytruncate(agent, 'a.log', 'a.log.old')
  await agent.ship()
  agent.append('a.log', lines(100, 100))
  await shipAndRest(agent)
  agent.append('a.log', lines(200, 100))
  // Its inode is kept away from others until the agent knows that it is gone.
  fs.mkdirSync(agent.path('away'))
  agent.rename('a.log.old', 'away/a.log.old')
  agent.broker.verdict = () => 'hold'
  await agent.rounds(3)
  assert.ok(agent.files.some(({ life }) => life === 'gone'))
  const isTaken = takeInode(agent.path('away/a.log.old'), lines(100, 200), agent.path('a.log.old'))
  if (!isTaken) return t.skip('the file system gives the inode to nobody')
  agent.truncate('a.log')
  await agent.crash()
  await agent.rounds(2)
  release(agent)
  await agent.ship()
  assertWhole(agent, [lines(0, 100), lines(100, 200)])
})

test('a copy may have the inode of a file of which nobody knows yet that it went', async (t) => {
  const agent = await agentFor(t)
  await agent.crash({ basic_conf: { close_inactive: '1s', inputpath: agent.path('**/*.log') } })
  agent.append('a.log', lines(0, 100))
  agent.append('other/b.log', lines(0, 1))
  await shipAndRest(agent)
  agent.append('a.log', lines(100, 100))
  const isTaken = takeInode(agent.path('other/b.log'), lines(0, 200), agent.path('a.log.old'))
  if (!isTaken) return t.skip('the file system gives the inode to nobody')
  agent.truncate('a.log')
  await agent.crash()
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), [lines(0, 200)])
})

test('a file that comes back while a .gz is looked into for it is not given up', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await shipAndRest(agent)
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(100, 100))
  await agent.round()
  await agent.crash()
  fs.mkdirSync(agent.path('away'))
  agent.rename('a.log', 'away/a.log')
  agent.append('other', `${lines(0, 100)}of another`)
  execFileSync('gzip', [agent.path('other')])
  await agent.parts.round.look()
  await agent.parts.round.look()
  assert.equal(agent.parts.catalogue.displaced.size, 1)
  agent.rename('away/a.log', 'a.log')
  await agent.rounds(3)
  release(agent)
  await agent.ship()
  assertWhole(agent, [lines(0, 200)])
})

test('a file that went on in a .gz goes on in what that is decompressed to', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await shipAndRest(agent)
  agent.append('a.log', lines(100, 100))
  agent.rename('a.log', 'a.log.old')
  execFileSync('gzip', [agent.path('a.log.old')])
  agent.broker.verdict = () => 'hold'
  await agent.rounds(4)
  assert.equal(agent.eventsNamed('file_continued').length, 1)
  await agent.crash()
  execFileSync('gunzip', [agent.path('a.log.old.gz')])
  await agent.rounds(4)
  await agent.crash()
  release(agent)
  await agent.ship()
  assertWhole(agent, [lines(0, 200)])
})

test('the rest of a file that is gone is given up, with a record, beside more .gz files than are looked into at a time', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await shipAndRest(agent)
  agent.broker.verdict = () => 'hold'
  agent.append('a.log', lines(100, 100))
  await agent.round()
  await agent.crash()
  for (let i = 0; i < 1050; i++) fs.writeFileSync(agent.path(`other-${i}.gz`), gzipSync(`other ${i}`))
  agent.remove('a.log')
  await agent.rounds(6)
  assert.deepEqual(
    agent.eventsNamed('file_gone').map(({ abandoned }) => abandoned),
    [lines(100, 100).length],
  )
})

test('what a file held when it was copied, truncated and deleted between two looks ships out of the copy', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await agent.ship()
  agent.append('a.log', lines(100, 50))
  copytruncate(agent, 'a.log', 'a.log.old')
  fs.rmSync(agent.path('a.log'))
  await agent.ship()
  assertWhole(agent, [lines(0, 150)])
})

test('so does what was seen of it and not read', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', lines(0, 100))
  await agent.round({ lasts: 0 })
  assert.equal(agent.file('a.log').cursor.offset, 0)
  copytruncate(agent, 'a.log', 'a.log.old')
  fs.rmSync(agent.path('a.log'))
  await agent.ship()
  assertWhole(agent, [lines(0, 100)])
})

test('the compressed bytes of an archive are not shipped for those of the empty file that had its inode', async (t) => {
  const agent = await agentFor(t)
  agent.append('a.log', '')
  await shipAndRest(agent)
  agent.rename('a.log', 'a.log.1')
  await agent.ship()
  agent.rename('a.log.1', 'a.log.1.gz')
  fs.writeFileSync(agent.path('a.log.1.gz'), gzipSync(lines(0, 100)))
  await agent.ship()
  agent.clock.advance(60_000)
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log').join(''), '')
})

test('what was rotated away unseen is shipped also when the agent dies twice before its first checkpoint', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.parts.round.look()
  // Its inode is kept elsewhere, so that only a second look tells that it is gone.
  fs.linkSync(agent.path('a.log'), join(fs.mkdtempSync(join(tmpdir(), 'pannier-kept-')), 'a'))
  agent.remove('a.log')
  agent.append('a.log.1', 'two\n')
  agent.append('a.log', 'three\n')
  agent.clock.wall = Date.now() + 10_000
  await agent.crash()
  await agent.parts.round.look()
  await agent.crash()
  await agent.rounds(5)
  assert.deepEqual(agent.shipped('a.log').toSorted(), ['three\n', 'two\n'])
})
