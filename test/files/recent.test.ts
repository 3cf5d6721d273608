// What changed within close_inactive is held open after a restart too: it may go where no path leads before the next look.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'

test('a file that changed lately, and is written to and taken away between two looks after a restart, is shipped whole', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  const then = agent.clock.wall / 1000 - 2.5
  fs.utimesSync(agent.path('a.log'), then, then)
  await agent.ship()
  await agent.crash()
  await agent.ship()
  agent.append('a.log', 'two\n')
  fs.mkdirSync(agent.path('old'))
  agent.rename('a.log', 'old/a.log.1')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n'])
})

test('the latest of them are opened, and no more than may be held', async (t) => {
  const agent = await startAgent(t, { basic_conf: { max_open_files: 16 } })
  for (let i = 0; i < 40; i++) {
    agent.append(`${i}.log`, `${i}\n`)
    const then = agent.clock.wall / 1000 - 40.5 + i
    fs.utimesSync(agent.path(`${i}.log`), then, then)
  }
  await agent.ship()
  await agent.crash()
  await agent.ship()
  const open = agent.files.filter(({ handle }) => handle !== null).map(({ path }) => path)
  assert.deepEqual(new Set(open), new Set(Array.from({ length: 16 }, (_, i) => agent.path(`${24 + i}.log`))))
})
