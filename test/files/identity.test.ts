import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAgent, startAgent } from '../harness/agent.ts'
import { takeInode } from '../harness/take-inode.ts'

test('a short file whose head grows is known again after a restart, at every length', async (t) => {
  // P25 small files; P19 growing fingerprint
  const agent = await startAgent(t)
  const lengths = [1, 2, 3, 7, 63, 64, 65, 255, 256, 257, 1_023, 1_024, 1_025, 3_000]
  let size = 0
  for (const length of lengths) {
    agent.append('a.log', `${'x'.repeat(length - size - 1)}\n`)
    size = length
    await agent.ship()
    assert.equal(agent.file('a.log').settled.offset, length)
    await agent.crash()
    await agent.ship()
    assert.equal(agent.files.length, 1, `at ${length} bytes`)
  }
  assert.equal(agent.shipped('a.log')[0]?.length, 3_000)
  assert.equal(agent.file('a.log').identity.head.length, 1_024)
  agent.assertExact()
})

test('a file of one byte is shipped at once', async (t) => {
  // P25 small files never shipped
  const agent = await startAgent(t)
  agent.append('a.log', '\n')
  await agent.ship()
  assert.deepEqual(agent.shipped('a.log'), ['\n'])
})

test('living files with the same first bytes are never one file', async (t) => {
  // P19 two files with the same beginning
  const agent = await startAgent(t)
  const header = `${'# the same header in every file '.repeat(60)}\n`
  for (const name of ['a.log', 'b.log', 'c.log']) agent.append(name, header)
  await agent.ship()
  for (const name of ['a.log', 'b.log', 'c.log']) agent.append(name, `${name}\n`)
  await agent.crash()
  await agent.ship()
  for (const name of ['a.log', 'b.log', 'c.log']) assert.deepEqual(agent.shipped(name), [`${header}${name}\n`])
  agent.assertExact()
})

for (const when of ['while it is known', 'while the agent was down'] as const) {
  for (const births of [true, false]) {
    const kept = births ? '' : ', where the file system keeps no birth times'
    test(`an inode reused ${when} by a file with the same constant header is another file${kept}`, async (t) => {
      // P9 inode reuse
      const agent = await newAgent(t, { basic_conf: { close_inactive: '1s' } })
      if (!births) agent.disk.alter = (stat) => ({ ...stat, birth: 0n })
      await agent.start()
      const header = `${'# constant header '.repeat(100)}\n`
      agent.append('a.log', `${header}one\n`)
      await agent.ship()
      // No handle may hold the inode.
      await agent.shipAfter(2_000)
      assert.equal(agent.disk.handles.size, 0)
      if (when === 'while the agent was down') await agent.crash()
      const heir = `${header}the heir, longer than what was there\n`
      if (!takeInode(agent.path('a.log'), heir, agent.path('b.log')))
        return t.skip('this file system gave the inode to none of 200 new files')
      await agent.ship()
      await agent.rounds(3)
      assert.deepEqual(agent.shipped('a.log'), [`${header}one\n`])
      assert.deepEqual(agent.shipped('b.log'), [`${header}the heir, longer than what was there\n`])
      agent.assertExact()
    })
  }
}

test('a file on a device that has another number since a reboot is the same file', async (t) => {
  // P18 device numbers change
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  agent.append('b.log', 'one\n')
  await agent.ship()
  agent.append('a.log', 'two\n')
  agent.disk.alter = (stat) => ({ ...stat, dev: stat.dev + 7n })
  await agent.crash()
  await agent.ship()
  await agent.crash()
  agent.append('a.log', 'three\n')
  await agent.ship()
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [['one\ntwo\nthree\n'], ['one\n']])
  assert.equal(agent.files.length, 2)
  agent.assertExact()
})

test('a file with the same inode number on another device is another file', async (t) => {
  const agent = await startAgent(t)
  agent.append('a.log', 'one\n')
  await agent.ship()
  const { ino, birth } = agent.file('a.log').identity
  agent.append('b.log', 'one\nand more\n')
  agent.disk.alter = (stat, path) => (path.endsWith('b.log') ? { ...stat, ino, birth, dev: stat.dev + 7n } : stat)
  await agent.ship()
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [['one\n'], ['one\nand more\n']])
})

test('an inode reused by a file that begins with all that the old one held is another file', async (t) => {
  // P9 inode reuse: only the birth time tells
  const agent = await startAgent(t, { basic_conf: { close_inactive: '1s' } })
  agent.append('a.log', 'one\n')
  await agent.ship()
  await agent.shipAfter(2_000)
  if (!takeInode(agent.path('a.log'), 'one\ntwo\n', agent.path('b.log')))
    return t.skip('this file system gave the inode to none of 200 new files')
  await agent.ship()
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('b.log')], [['one\n'], ['one\ntwo\n']])
})
