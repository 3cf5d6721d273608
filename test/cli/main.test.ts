// What only the process can show: the built program says of every command what the command says in this process.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withTopic } from '../kafka/broker.ts'
import { type Ended, pannier, place, spawned } from './pannier.ts'
import { lines, shipped } from './shipped.ts'

const plain = ({ code, out, err }: Ended): object => ({ code, out, err })

test('every command of the built program says and ends with what it does in process', async (t) => {
  const home = shipped(t, await withTopic(t))
  const { folder } = home.agent
  home.write('a.log', lines(100, 'a'))
  const once = await spawned(folder, 'run', '--once')
  assert.equal(once.code, 0, once.err)
  assert.match(once.err, /"event":"started"/)
  const restored = await spawned(folder, 'restore', '--to', 'out')
  assert.deepEqual([restored.code, restored.err], [0, ''])
  assert.equal(readFileSync(home.restored('a.log'), 'utf8'), lines(100, 'a'))
  const asked = [
    ['check'],
    ['explain'],
    ['status', '--json'],
    ['verify'],
    ['rewind', home.agent.path('a.log'), '--to-start'],
    ['restore', '--to', 'logs'],
    ['init'],
    ['logs', '--config'],
  ]
  for (const args of asked) {
    assert.deepEqual(plain(await spawned(folder, ...args)), plain(await pannier(folder, ...args)), args.join(' '))
  }
})

test('the built program helps, and says in one line what it cannot do', async (t) => {
  const { path } = place(t)
  for (const args of [[], ['help', 'restore'], ['run', '--help'], ['runn']]) {
    assert.deepEqual(plain(await spawned(path, ...args)), plain(await pannier(path, ...args)), args.join(' '))
  }
  assert.deepEqual(readdirSync(join(path, 'logs')), [])
})
