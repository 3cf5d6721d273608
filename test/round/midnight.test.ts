// What happens at the very rollover: a new session begins in the same round that finds the files rotated.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startAgent } from '../harness/agent.ts'
import { takeInode } from '../harness/take-inode.ts'

const LATE = Date.parse('2026-11-20T23:59:50Z')
const TO_MIDNIGHT = 11_000

for (const [what, heir] of [
  ['shorter than what was shipped', 'new day\n'],
  ['longer than what was shipped', 'new day\n'.repeat(40)],
  ['which begins as the old one did', `${'of yesterday\n'.repeat(20)}of today\n`],
] as const) {
  for (const down of [false, true]) {
    const when = down ? 'while the agent is down' : 'exactly at the rollover'
    test(`an inode that a new file takes ${when}, ${what}: the new file ships from 0 in the new session`, async (t) => {
      // P9 inode reuse: fluent-bit#11455, exactly at 00:00 the stored offset is beyond the new file
      const agent = await startAgent(t, { basic_conf: { close_inactive: '1s' } }, LATE)
      const yesterday = 'of yesterday\n'.repeat(20)
      agent.append('a.log', yesterday)
      await agent.ship()
      // No handle may hold the inode.
      await agent.shipAfter(2_000)
      assert.equal(agent.disk.handles.size, 0)
      if (!takeInode(agent.path('a.log'), heir))
        return t.skip('this file system gave the inode to none of 200 new files')
      if (down) await agent.crash()
      await agent.shipAfter(TO_MIDNIGHT)
      agent.append('a.log', 'and goes on\n')
      await agent.ship()
      await agent.ship()
      assert.deepEqual(agent.shipped('a.log'), [yesterday, `${heir}and goes on\n`])
      agent.assertExact()
      assert.deepEqual(
        agent.held.map(({ messages }) => messages.at(-1)?.session),
        ['2026-11-20', '2026-11-21'],
      )
    })
  }
}

test('what was unread when the day ended, in a file renamed at midnight, is shipped before what the new one holds', async (t) => {
  const agent = await startAgent(t, {}, LATE)
  agent.append('a.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.rename('a.log', 'a.log.1')
  agent.append('a.log', 'three\n')
  await agent.shipAfter(TO_MIDNIGHT)
  assert.deepEqual(agent.shipped('a.log'), ['one\ntwo\n', 'three\n'])
  const order = agent.broker.taken.map(({ value }) => JSON.parse(value.toString()).content as string)
  assert.deepEqual(order, ['one\n', 'two\n', 'three\n'])
  agent.assertExact()
})
