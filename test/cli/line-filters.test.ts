// What filters drop, and what reads back: the proof holds without it, and a loss beside it still shows.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { withTopic } from '../kafka/broker.ts'
import { shipped, tamper } from './shipped.ts'

/** Every other line is dropped, and some in a row; more ranges than the books keep. */
const LINES = Array.from({ length: 1000 }, (_, at) => `${at % 2 === 1 || at % 50 < 5 ? 'DEBUG' : 'INFO'} ${at}\n`)

test('with filters verify proves what was shipped, and restore leaves holes where lines were dropped', async (t) => {
  const home = shipped(t, await withTopic(t, { configs: { 'max.message.bytes': '6000' } }))
  home.configure('[message_conf]\nexclude_lines = ^DEBUG\n')
  home.write('a.log', LINES.join(''))
  await home.ship()
  const proof = await home.run('verify')
  assert.equal(proof.code, 0, proof.out + proof.err)
  const { code, out, err } = await home.run('restore', '--to', 'out')
  assert.equal(code, 0, out + err)
  const expected = LINES.map((line) => (line.startsWith('INFO') ? line : '\0'.repeat(line.length))).join('')
  const restored = readFileSync(home.restored('a.log'), 'latin1')
  assert.equal(restored.padEnd(expected.length, '\0'), expected)
})

test('a line that is lost between dropped ones is missed by verify and by restore', async (t) => {
  const home = shipped(t, await withTopic(t, { configs: { 'max.message.bytes': '6000' } }))
  home.configure('[message_conf]\nexclude_lines = ^DEBUG\n')
  home.write('a.log', LINES.join(''))
  // A record that is no message any more.
  const spoil = tamper(({ value }) => void (value.includes('INFO 906\\n') && value.fill('x')))
  await home.ship({ before: spoil })
  assert.equal((await home.run('verify')).code, 1)
  assert.equal((await home.run('restore', '--to', 'out')).code, 1)
})
