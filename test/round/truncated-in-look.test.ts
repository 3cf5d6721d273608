// A copy and a truncation between two system calls of one look: what is seen of the file is of two times.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rotator } from '../harness/rotator.ts'
import { startStory } from '../harness/story.ts'

for (const gzip of ['never', 'at once'] as const) {
  for (const read of [1, 2, 3, 4, 5, 6]) {
    for (const regrown of [0, 3, 300]) {
      test(`copied (compressed ${gzip}) and truncated before read ${read} after new lines came, and grown to ${regrown} lines, each line is shipped once`, async (t) => {
        const story = await startStory(t, '*.log')
        const { agent } = story
        const rotator = new Rotator(agent.path('a.log'), { how: 'copytruncate', names: '.N', gzip })
        story.write('a.log', 150)
        await story.ship()
        story.write('a.log', 10)
        let reads = 0
        agent.disk.beforeRead = (path) => {
          if (path !== agent.path('a.log') || ++reads !== read) return
          rotator.rotate()
          if (regrown > 0) story.write('a.log', regrown)
        }
        await story.ship()
        agent.disk.beforeRead = () => {}
        if (reads < read) rotator.rotate()
        story.write('a.log', 5)
        await story.settle()
        assert.ok(reads > 0)
        story.assertComplete()
      })
    }
  }
}
