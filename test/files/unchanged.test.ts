// What a look, or a start, need not open; and what it must.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { startAgent, type TestAgent } from '../harness/agent.ts'

/** Base names of the files that are opened from now on. */
function watchOpens(agent: TestAgent): string[] {
  const opened: string[] = []
  const open = agent.disk.open.bind(agent.disk)
  agent.disk.open = (path) => {
    opened.push(basename(path))
    return open(path)
  }
  return opened
}

/** As if written long ago, so that nothing can have changed behind its times. */
function age(agent: TestAgent, name: string): void {
  const then = agent.clock.wall / 1000 - 3_600.5
  fs.utimesSync(agent.path(name), then, then)
}

/** Is killed and starts again; `meanwhile` happens in between. */
async function restart(agent: TestAgent, meanwhile: () => void): Promise<string[]> {
  meanwhile()
  await agent.crash()
  const opened = watchOpens(agent)
  await agent.ship()
  return opened
}

test('a start opens only the files that changed, or that are not settled', async (t) => {
  const agent = await startAgent(t)
  for (const name of ['a.log', 'b.log', 'c.log']) {
    agent.append(name, `${name}\n`)
    age(agent, name)
  }
  agent.append('open.log', 'whole\nnot whole')
  age(agent, 'open.log')
  await agent.ship()
  const opened = await restart(agent, () => agent.append('b.log', 'two\n'))
  assert.deepEqual([...new Set(opened)].toSorted(), ['b.log', 'open.log'])
  assert.deepEqual(agent.shipped('b.log'), ['b.log\ntwo\n'])
  assert.deepEqual(agent.shipped('c.log'), ['c.log\n'])
})

test('a file that was written over at the same size and with the same time while nobody looked is found out', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  age(agent, 'a.log')
  await agent.ship()
  await restart(agent, () => {
    const { atime, mtime } = fs.statSync(agent.path('a.log'))
    fs.writeFileSync(agent.path('a.log'), 'two\n')
    fs.utimesSync(agent.path('a.log'), atime, mtime)
  })
  assert.deepEqual(
    agent.broker.taken.map(({ value }) => JSON.parse(value.toString()).content as string),
    ['one\n', 'two\n'],
  )
})

test('a file whose last change is too young to be told from another is opened at the next start', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  const now = agent.clock.wall / 1000
  fs.utimesSync(agent.path('a.log'), now, now)
  await agent.round()
  const opened = await restart(agent, () => {})
  assert.deepEqual(opened, ['a.log'])
})

test('outside of all globs too, a change that bears the same time as the last one is found out', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  age(agent, 'a.log')
  await agent.ship()
  agent.rename('a.log', 'a.log.1')
  // Rotated away it grows, and within the same tick of the kernel's clock it is written over.
  agent.append('a.log.1', 'two\n')
  const now = agent.clock.wall / 1000
  fs.utimesSync(agent.path('a.log.1'), now, now)
  await agent.parts.round.look()
  fs.writeFileSync(agent.path('a.log.1'), 'xxx\nyyy\n')
  fs.utimesSync(agent.path('a.log.1'), now, now)
  agent.clock.advance(1_000)
  await agent.ship()
  assert.equal(agent.files.filter(({ life }) => life === 'ended').length, 1)
})
