// What a copy beside a file may be, and what a gap between the copy and the truncation does: nothing is shipped twice, and what
// is lost is told where it was seen.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { TestAgent } from '../harness/agent.ts'
import { copyPiece } from '../harness/copy.ts'
import { systemError } from '../harness/disk.ts'
import { startStory } from '../harness/story.ts'

const copy = (agent: TestAgent, from: string, to: string): void =>
  fs.writeFileSync(agent.path(to), fs.readFileSync(agent.path(from)))

for (const glob of ['*.log', '*.log*']) {
  const under = `, under ${glob}`

  test(`a copy that lacks lines of the gap which were shipped before the truncation adds nothing${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    story.write('a.log', 200)
    await story.ship()
    copy(agent, 'a.log', 'a.log.1')
    story.write('a.log', 10)
    await story.ship()
    agent.truncate('a.log')
    story.write('a.log', 5)
    await story.settle()
    story.assertTold()
  })

  test(`lines of the gap that a round saw and could not read are abandoned with a record, the copy's are shipped${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    story.write('a.log', 200)
    await story.ship()
    agent.disk.readFault = (path) => (path.endsWith('a.log') ? systemError('EIO') : null)
    story.write('a.log', 10)
    await story.round()
    copy(agent, 'a.log', 'a.log.1')
    agent.append('a.log', 'lost in the gap\n')
    const seen = agent.file('a.log')
    await story.round()
    // A look that could not compare its content may not have counted them.
    const unread = seen.size - fs.statSync(agent.path('a.log.1')).size
    agent.disk.readFault = () => null
    agent.truncate('a.log')
    story.write('a.log', 5)
    await story.settle()
    assert.equal(story.abandoned, Math.max(0, unread))
    const { totals } = seen
    assert.equal(totals.shipped, fs.statSync(agent.path('a.log.1')).size)
    agent.assertExact()
  })

  for (const pieces of [[0], [0, 3], [5, 700], [0, 1, 1_100], [1_500]]) {
    const steps = pieces.join(', ')
    test(`a copy that grows to ${steps} bytes while rounds look at it is shipped as what it is${under}`, async (t) => {
      const story = await startStory(t, glob)
      const { agent } = story
      story.write('a.log', 200)
      await story.ship()
      story.write('a.log', 10)
      let from = 0
      // As logrotate makes it: first empty, then piece by piece.
      for (const to of [...pieces, fs.statSync(agent.path('a.log')).size]) {
        copyPiece(agent.path('a.log'), agent.path('a.log.1'), from, to)
        from = to
        await story.round()
      }
      agent.truncate('a.log')
      story.write('a.log', 5)
      await story.settle()
      story.assertTold()
    })

    test(`a copy that grows to ${steps} bytes, and then gets what no round saw in the original, continues it${under}`, async (t) => {
      const story = await startStory(t, glob)
      const { agent } = story
      story.write('a.log', 200)
      await story.ship()
      let from = 0
      for (const to of pieces) {
        copyPiece(agent.path('a.log'), agent.path('a.log.1'), from, to)
        from = to
        await story.round()
      }
      story.write('a.log', 10)
      copyPiece(agent.path('a.log'), agent.path('a.log.1'), from, Number.POSITIVE_INFINITY)
      agent.truncate('a.log')
      story.write('a.log', 5)
      await story.settle()
      story.assertTold()
    })
  }

  test(`a copy whose original goes on growing is not shipped, however long${under}`, async (t) => {
    const story = await startStory(t, glob)
    story.write('a.log', 200)
    await story.ship()
    copy(story.agent, 'a.log', 'a.log.1')
    for (let i = 0; i < 5; i++) {
      story.write('a.log', 1)
      await story.settle()
    }
    story.assertTold()
  })

  test(`a copy and a truncation with crashes around them go on where the original stood${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    story.write('a.log', 200)
    await story.ship()
    story.write('a.log', 10)
    copy(agent, 'a.log', 'a.log.1')
    agent.truncate('a.log')
    await story.crash()
    story.write('a.log', 300)
    await story.crash()
    await story.settle()
    story.assertTold()
  })

  test(`a copy made before a crash, the truncation after it${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    story.write('a.log', 200)
    await story.ship()
    copy(agent, 'a.log', 'a.log.1')
    await story.round()
    await story.crash()
    await story.round()
    story.write('a.log', 10)
    copy(agent, 'a.log', 'a.log.1')
    agent.truncate('a.log')
    await story.crash()
    story.write('a.log', 3)
    await story.settle()
    story.assertTold()
  })

  test(`the original of a copy is deleted instead of truncated: nothing comes twice${under}`, async (t) => {
    const story = await startStory(t, glob)
    story.write('a.log', 200)
    await story.ship()
    copy(story.agent, 'a.log', 'a.log.1')
    await story.round()
    story.agent.remove('a.log')
    story.write('a.log', 5)
    await story.settle()
    story.assertTold()
  })

  for (const lines of [1, 60]) {
    for (const more of [false, true]) {
      const held = `the same header of ${lines} lines${more ? '' : ' and nothing else'}`
      test(`two files that hold ${held}, copied and truncated at once, are not mixed up${under}`, async (t) => {
        const story = await startStory(t, glob)
        const { agent } = story
        const header = '# the same header in every file\n'.repeat(lines)
        const first = (name: string): string => header + (more ? `${name}1\n` : '')
        for (const name of ['a', 'b']) agent.append(`${name}.log`, first(name))
        await story.ship()
        for (const name of ['a', 'b']) {
          agent.append(`${name}.log`, `${name}2\n`)
          copy(agent, `${name}.log`, `${name}.log.1`)
          fs.writeFileSync(agent.path(`${name}.log`), `${header}${name}3\n`)
        }
        await story.settle()
        for (const name of ['a', 'b']) {
          // With the header alone nobody can tell which of the two goes on with it.
          const own = agent.held.filter(({ filename }) => filename.startsWith(agent.path(`${name}.log`)))
          const texts = own.map(({ bytes }) => bytes.toString()).toSorted()
          assert.deepEqual(texts, [`${first(name)}${name}2\n`, `${header}${name}3\n`], name)
        }
        agent.assertExact()
      })
    }
  }

  test(`a copy that ends inside a line ships its end as partial after rotated_quiet${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    agent.append('a.log', story.next(200))
    await story.ship()
    agent.append('a.log', 'whole\ntor')
    copy(agent, 'a.log', 'a.log.1')
    agent.truncate('a.log')
    agent.append('a.log', 'next\n')
    await story.settle()
    const texts = agent.held.map(({ bytes }) => bytes.subarray(-10).toString())
    assert.deepEqual(texts.toSorted(), ['\nwhole\ntor', 'next\n'].toSorted())
    agent.assertExact()
  })

  test(`a copy that is compressed and moved on before a round sees it goes on inside the archive${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    story.write('a.log', 200)
    await story.ship()
    story.write('a.log', 10)
    fs.writeFileSync(agent.path('a.log.2.gz'), gzipSync(fs.readFileSync(agent.path('a.log'))))
    agent.truncate('a.log')
    story.write('a.log', 5)
    await story.settle()
    story.assertComplete()
  })

  test(`Kafka is away while a file is copied and truncated three times: every line once when it is back${under}`, async (t) => {
    const story = await startStory(t, glob)
    const { agent } = story
    story.write('a.log', 200)
    await story.ship()
    agent.broker.verdict = () => 'hold'
    for (let i = 0; i < 3; i++) {
      story.write('a.log', 10)
      await story.round()
      story.write('a.log', 10)
      for (let k = i; k > 0; k--) agent.rename(`a.log.${k}`, `a.log.${k + 1}`)
      copy(agent, 'a.log', 'a.log.1')
      agent.truncate('a.log')
      await story.round()
    }
    story.write('a.log', 5)
    for (let i = 0; i < 3; i++) {
      agent.clock.advance(61_000)
      await story.round()
    }
    agent.broker.verdict = () => 'ack'
    for (const held of [...agent.broker.held]) held.answer('ack')
    await story.settle()
    story.assertTold()
  })
}
