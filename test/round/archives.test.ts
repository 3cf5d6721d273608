// Files beside those that are shipped, and which of them are nobody's.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { TestAgent } from '../harness/agent.ts'
import { Rotator } from '../harness/rotator.ts'
import { newStory, startStory } from '../harness/story.ts'

const WEEK_MS = 7 * 86_400_000

/** These were written a week ago; how long ago a file was born can only be feigned. */
function archives(agent: TestAgent, contents: Readonly<Record<string, string | Buffer>>): void {
  const lastWeek = new Date(Date.now() - WEEK_MS)
  // Not by inode alone: another file may have it later.
  const old = new Set<string>()
  for (const [name, content] of Object.entries(contents)) {
    fs.writeFileSync(agent.path(name), content)
    fs.utimesSync(agent.path(name), lastWeek, lastWeek)
    const { ino, birthtimeNs } = fs.statSync(agent.path(name), { bigint: true })
    old.add(`${ino} ${birthtimeNs}`)
  }
  agent.disk.alter = (stat) =>
    old.has(`${stat.ino} ${stat.birth}`) ? { ...stat, birth: stat.birth - BigInt(WEEK_MS) * 1_000_000n } : stat
}

for (const gzip of ['never', 'one later'] as const) {
  for (const how of ['create', 'copytruncate'] as const) {
    for (const down of [false, true]) {
      const when = down ? ' while the agent is down' : ''
      test(`archives that were there at the very first start are not shipped when logrotate (${how}, compressed ${gzip}) moves them on${when}`, async (t) => {
        const story = await newStory(t, '*.log')
        const { agent } = story
        const there = { 'a.log.3.gz': gzipSync('archive 3\n'), 'a.log.2': 'archive 2\n', 'a.log.1': 'archive 1\n' }
        archives(agent, there)
        story.write('a.log', 200)
        await agent.start()
        await story.ship()
        const rotator = new Rotator(agent.path('a.log'), { how, names: '.N', gzip }, ['.1', '.2', '.3.gz'])
        for (let i = 0; i < 3; i++) {
          rotator.rotate()
          story.write('a.log', 2)
          if (down) await story.crash()
          else await story.ship()
        }
        await story.settle()
        story.assertComplete()
      })
    }
  }
}

const strangers = ['a.log.bak', 'a.log~', '.a.log.swp', 'a.log.1.tmp', 'a.log.orig', 'a.log.lock', 'a.txt.1', 'a.log1']

test("names that are no rotated form of a file are nobody's", async (t) => {
  const story = await startStory(t, '*.log')
  story.write('a.log', 1)
  await story.ship()
  for (const name of strangers) story.agent.append(name, `${name}\n`)
  await story.settle()
  story.assertTold()
})

test('an archive that was shipped is not shipped again when it is touched, renamed or compressed later', async (t) => {
  const story = await startStory(t, '*.log', { basic_conf: { close_inactive: '1s' } })
  const { agent } = story
  story.write('a.log', 1)
  await story.ship()
  agent.rename('a.log', 'a.log.1')
  story.write('a.log', 1)
  await story.settle()
  fs.utimesSync(agent.path('a.log.1'), new Date(), new Date(Date.now() + 1_000))
  await story.settle()
  agent.rename('a.log.1', 'a.log.7')
  await story.settle()
  fs.writeFileSync(agent.path('a.log.7.gz'), gzipSync(fs.readFileSync(agent.path('a.log.7'))))
  agent.remove('a.log.7')
  await story.settle()
  await story.crash()
  await story.settle()
  story.assertTold()
})

test("a file that waits under a rotated name since before the very first start is nobody's, a later one is shipped", async (t) => {
  const story = await newStory(t, '*.log')
  archives(story.agent, { 'a.log.1': 'of last week\n' })
  story.write('b.log', 1)
  await story.agent.start()
  await story.ship()
  story.write('a.log.2', 1)
  await story.settle()
  story.assertTold()
})

for (const down of [false, true]) {
  const when = down ? 'while the agent is down' : 'between two rounds'
  test(`a rotation without a successor, twice ${when}, is followed`, async (t) => {
    const story = await startStory(t, '*.log')
    const { agent } = story
    story.write('a.log', 1)
    await story.ship()
    story.write('a.log', 1)
    agent.rename('a.log', 'a.log.2')
    story.write('a.log', 1)
    agent.rename('a.log', 'a.log.1')
    if (down) await story.crash()
    await story.settle()
    story.assertComplete('before the successor')
    story.write('a.log', 1)
    await story.ship()
    story.assertComplete()
  })
}

test('a generation that only its rotated name shows is not shipped twice after crashes', async (t) => {
  const story = await startStory(t, '*.log')
  const { agent } = story
  story.write('a.log', 3)
  await story.ship()
  const rotator = new Rotator(agent.path('a.log'), { how: 'create', names: '.N', gzip: 'never' })
  for (let i = 0; i < 5; i++) {
    rotator.rotate()
    story.write('a.log', 1)
    rotator.rotate()
    story.write('a.log', 1)
    await story.crash()
    await story.round()
    await story.ship()
  }
  assert.ok(fs.existsSync(agent.path('a.log.10')))
  await story.settle()
  story.assertTold()
})
