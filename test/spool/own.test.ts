// Each file of a spool is one of its own, whatever other it begins like, and whatever inode it gets.

import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { moveIn, names, newSpool, QUIET, settings, settle, spool, write } from './folder.ts'

test('compressed files that begin and end alike are each shipped before they are deleted', async (t) => {
  const agent = await spool(t, 'delete', { inputpath: '*.gz' })
  const text = (middle: string): string => `${'head\n'.repeat(500)}${middle.repeat(500)}${'tail\n'.repeat(500)}`
  moveIn(agent, 'a.gz', gzipSync(text('one\n')))
  await settle(agent)
  moveIn(agent, 'b.gz', gzipSync(text('two\n')))
  await settle(agent)
  assert.deepEqual([agent.shipped('a.gz'), agent.shipped('b.gz')], [[text('one\n')], [text('two\n')]])
  assert.deepEqual(names(agent.folder), [])
})

test('a compressed file is shipped, though a plain one begins and ends like what it holds', async (t) => {
  const agent = await spool(t, 'delete', { inputpath: '*.gz;*.csv' })
  const text = (middle: string): string => `${'head\n'.repeat(500)}${middle.repeat(500)}${'tail\n'.repeat(500)}`
  moveIn(agent, 'a.csv', text('one\n'))
  await settle(agent)
  moveIn(agent, 'a.csv.gz', gzipSync(text('two\n')))
  await settle(agent)
  await settle(agent)
  assert.deepEqual(agent.shipped('a.csv.gz'), [text('two\n')])
  assert.deepEqual(names(agent.folder), [])
})

test('a file is not taken for the rest of a deleted one that began like it', async (t) => {
  const agent = await spool(t, 'delete', { inputpath: '*' })
  const text = 'the same line\n'.repeat(200)
  moveIn(agent, 'a.log', text)
  await agent.ship()
  assert.deepEqual(names(agent.folder), [])
  agent.clock.advance(QUIET)
  await agent.round()
  write(agent, 'a.log.1', text)
  await agent.rounds(4)
  await settle(agent)
  assert.deepEqual([agent.shipped('a.log'), agent.shipped('a.log.1')], [[text], [text]])
})

test('a file with the inode of a deleted one is new, also where no birth time tells', async (t) => {
  for (const pause of [1, 5]) {
    const agent = await newSpool(t)
    const inode = (path: string): boolean => basename(path) === 'a.log' || path.endsWith('.pannier')
    agent.disk.alter = (stat, path) => ({ ...stat, birth: 0n, ...(inode(path) ? { ino: 77n } : {}) })
    await agent.start(settings('delete'))
    moveIn(agent, 'a.log', 'the same\n')
    await agent.ship()
    await agent.shipAfter(QUIET)
    assert.equal(agent.disk.handles.size, 0)
    await agent.rounds(pause - 1)
    moveIn(agent, 'a.log', 'the same\n')
    await settle(agent)
    await settle(agent)
    assert.deepEqual(agent.shipped('a.log'), ['the same\n', 'the same\n'])
  }
})
