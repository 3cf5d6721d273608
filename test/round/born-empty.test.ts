// Files that were empty when they were first seen, as `create` and `copytruncate` leave them: nothing is known of their content
// until it is read.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Rotator } from '../harness/rotator.ts'
import { type Story, startStory } from '../harness/story.ts'

/** Within so many milliseconds another change may bear the same time (src/files/evidence.ts). */
const TICK_MS = 20

async function emptyAt(story: Story): Promise<void> {
  story.agent.append('a.log', '')
  await story.ship()
}

/** A round that looks, and whose time is over before it reads. */
async function lookOnly({ agent }: Story): Promise<void> {
  agent.clock.wall = Date.now()
  await agent.round({ lasts: 0 })
}

for (const glob of ['*.log', '*.log*']) {
  const rotator = (story: Story): Rotator =>
    new Rotator(story.agent.path('a.log'), { how: 'copytruncate', names: '.N', gzip: 'never' })

  test(`what was copied before anything of the original was read is shipped once, under ${glob}`, async (t) => {
    const story = await startStory(t, glob)
    await emptyAt(story)
    story.write('a.log', 150)
    const { agent } = story
    fs.copyFileSync(agent.path('a.log'), agent.path('a.log.1'))
    await story.ship()
    agent.truncate('a.log')
    story.write('a.log', 10)
    await story.settle()
    story.assertTold()
  })

  for (const regrown of [20, 150, 200]) {
    test(`what was seen and not read before it was copied and truncated, and grew to ${regrown} lines, comes from the copy, under ${glob}`, async (t) => {
      const story = await startStory(t, glob)
      await emptyAt(story)
      story.write('a.log', 150)
      await lookOnly(story)
      rotator(story).rotate()
      story.write('a.log', regrown)
      await story.settle()
      story.assertComplete()
    })
  }
}

for (const glob of ['*.log', '*.log*']) {
  for (const more of [0, 5]) {
    test(`a copy that is seen in the same look as its original, which got ${more} lines since, is shipped once, under ${glob}`, async (t) => {
      const story = await startStory(t, glob)
      story.write('a.log', 150)
      const { agent } = story
      fs.copyFileSync(agent.path('a.log'), agent.path('a.log.1'))
      story.write('a.log', more)
      await story.ship()
      // A copy that is shorter than what was shipped is known by comparison alone, as long as both are there; and only once it
      // is old enough for another change to show.
      const trusted = fs.statSync(agent.path('a.log.1')).mtimeMs + 2 * TICK_MS
      do await story.round()
      while (Date.now() < trusted)
      agent.truncate('a.log')
      story.write('a.log', 10)
      await story.settle()
      story.assertTold()
    })
  }
}

test('an empty file that was filled, copied and truncated twice between two rounds keeps the order', async (t) => {
  const story = await startStory(t, '*.log')
  await emptyAt(story)
  const { agent } = story
  const rotator = new Rotator(agent.path('a.log'), { how: 'copytruncate', names: '.N', gzip: 'never' })
  for (let i = 0; i < 2; i++) {
    story.write('a.log', 150)
    rotator.rotate()
  }
  story.write('a.log', 150)
  await story.settle()
  story.assertTold()
})

for (const how of ['create', 'copytruncate'] as const) {
  test(`what was rotated by ${how} and compressed while Kafka is away, before anything of it was read, is shipped once`, async (t) => {
    const story = await startStory(t, '*.log')
    await emptyAt(story)
    const { agent } = story
    agent.broker.verdict = () => 'hold'
    // Nothing else is taken until this is.
    story.write('b.log', 300_000)
    await story.round()
    story.write('a.log', 150)
    await story.round()
    assert.equal(agent.file('a.log').cursor.offset, 0)
    new Rotator(agent.path('a.log'), { how, names: '.N', gzip: 'never' }).rotate()
    story.write('a.log', 10)
    await story.round()
    fs.writeFileSync(agent.path('a.log.1.gz'), gzipSync(fs.readFileSync(agent.path('a.log.1'))))
    agent.remove('a.log.1')
    for (let i = 0; i < 4; i++) await story.round()
    agent.broker.verdict = () => 'ack'
    for (const held of [...agent.broker.held]) held.answer('ack')
    await story.settle()
    story.assertComplete()
  })
}
