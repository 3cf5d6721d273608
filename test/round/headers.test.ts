// Files that begin with the same header, or hold nothing else: what little is known of them must not lead to other bytes.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startAgent, type TestAgent } from '../harness/agent.ts'

const HEADER = 'time level text\n'
const quick = { basic_conf: { close_inactive: '1s', rotated_quiet: '1s' } }

async function settle(agent: TestAgent): Promise<void> {
  for (let i = 0; i < 8; i++) await agent.shipAfter(2_000)
}

/** As gzip does, which keeps the time of its source. */
function compress(agent: TestAgent, from: string, to: string): void {
  const { atime, mtime } = fs.statSync(agent.path(from))
  fs.writeFileSync(agent.path(to), gzipSync(fs.readFileSync(agent.path(from))))
  fs.utimesSync(agent.path(to), atime, mtime)
  agent.remove(from)
}

/** The successor is there before the old inode is free, so that it is not given out again. */
function rotate(agent: TestAgent, to: string, next: string): void {
  const time = agent.clock.wall / 1_000
  fs.utimesSync(agent.path('a.log'), time, time)
  agent.append('next', next)
  compress(agent, 'a.log', to)
  agent.rename('next', 'a.log')
}

for (const empty of [true, false]) {
  const [what, text] = empty ? ['an empty file', ''] : ['a file with nothing but a header', HEADER]
  for (const [form, write] of [
    ['', (agent: TestAgent) => agent.append('app-users.csv', `${HEADER}private\n`)],
    [
      ', compressed',
      (agent: TestAgent) => fs.writeFileSync(agent.path('app-users.csv.gz'), gzipSync(`${HEADER}private\n`)),
    ],
  ] as const) {
    for (const down of [false, true]) {
      const when = down ? ' while the agent is down' : ''
      test(`when ${what} is deleted${when}, a neighbour with the same beginning that no glob names${form} is left alone`, async (t) => {
        const agent = await startAgent(t, quick)
        agent.append('app.log', text)
        await settle(agent)
        write(agent)
        agent.remove('app.log')
        if (down) await agent.crash()
        await settle(agent)
        assert.deepEqual(agent.shipped('app.log'), empty ? [] : [HEADER])
        agent.assertExact()
      })
    }
  }
}

for (const [how, older, younger] of [
  ['numbers', 'a.log.2.gz', 'a.log.1.gz'],
  ['dates', 'a.log-20261119.gz', 'a.log-20261120.gz'],
] as const) {
  for (const [what, late] of [
    ['has nothing else', ''],
    ['got a line that nobody saw', 'two\n'],
  ] as const) {
    test(`of generations with the same header, rotated by ${how} and compressed, one that ${what} is not taken for an older one`, async (t) => {
      const agent = await startAgent(t, quick)
      agent.clock.wall = Date.now()
      agent.append('a.log', `${HEADER}one\n`)
      await agent.ship()
      agent.clock.advance(60_000)
      rotate(agent, younger, HEADER)
      await settle(agent)
      agent.clock.advance(60_000)
      agent.append('a.log', late)
      agent.rename(younger, older)
      rotate(agent, younger, `${HEADER}three\n`)
      await settle(agent)
      const generations = [`${HEADER}one\n`, `${HEADER}${late}`, `${HEADER}three\n`]
      assert.deepEqual(agent.shipped('a.log').toSorted(), generations.toSorted())
      agent.assertExact()
    })
  }
}
