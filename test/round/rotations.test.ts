// Each way of rotating, under each glob, once and more often between two looks: every line once.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Rotation, Rotator } from '../harness/rotator.ts'
import { startStory } from '../harness/story.ts'

async function tell(t: TestContext, rotation: Rotation, glob: string, times: number, down: boolean): Promise<void> {
  const story = await startStory(t, glob)
  const rotator = new Rotator(story.agent.path('a.log'), rotation)
  story.write('a.log', 200)
  await story.ship()
  story.write('a.log', 3)
  for (let i = 0; i < times; i++) {
    rotator.rotate()
    story.write('a.log', 4 + i)
  }
  if (down) await story.crash()
  await story.settle()
  story.assertComplete('after the first rotations')
  rotator.rotate()
  story.write('a.log', 1)
  await story.ship()
  story.write('a.log', 2)
  rotator.rotate()
  await story.settle()
  story.write('a.log', 1)
  await story.ship()
  story.assertComplete('after the later ones')
  await story.crash()
  await story.settle()
  story.assertComplete('after a restart')
}

const counted = ['', 'once', 'twice', 'three times']

for (const how of ['create', 'copytruncate'] as const) {
  for (const names of ['.N', '-DATE', '.DATE'] as const) {
    for (const gzip of ['never', 'at once', 'one later'] as const) {
      for (const glob of ['*.log', '*.log*']) {
        for (const times of [1, 2, 3]) {
          for (const down of [false, true]) {
            const what = `rotated by ${how} to ${names}, compressed ${gzip}, ${counted[times]}`
            const when = down ? 'while the agent was down' : 'between two rounds'
            test(`a file ${what} ${when}, under ${glob}, is told to its end`, (t) =>
              tell(t, { how, names, gzip }, glob, times, down))
          }
        }
      }
    }
  }
}

test('a .gz that moves on just before it is looked into is not taken for the one that comes to its name', async (t) => {
  const story = await startStory(t, '*.log')
  const { agent } = story
  const rotator = new Rotator(agent.path('a.log'), { how: 'create', names: '.N', gzip: 'at once' })
  story.write('a.log', 200)
  await story.ship()
  story.write('a.log', 100)
  rotator.rotate()
  story.write('a.log', 150)
  await story.settle()
  rotator.rotate()
  story.write('a.log', 140)
  const open = agent.disk.open.bind(agent.disk)
  let moved = false
  agent.disk.open = (path) => {
    if (path.endsWith('.1.gz') && !moved) {
      moved = true
      rotator.rotate()
      story.write('a.log', 3)
    }
    return open(path)
  }
  await story.settle()
  assert.ok(moved)
  story.assertComplete()
})
