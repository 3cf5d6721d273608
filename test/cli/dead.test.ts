import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { messagesOf } from '../../src/message/unpack.ts'
import { withTopic } from '../kafka/broker.ts'
import { isRestored, lines, type Shipped, shipped } from './shipped.ts'

interface Listed {
  readonly letters: readonly Record<string, unknown>[]
}

async function home(t: TestContext, settings: string): Promise<Shipped> {
  const made = shipped(t, await withTopic(t, { partitions: 2 }))
  made.configure(settings)
  return made
}

const lettersOf = async (from: Shipped, ...which: string[]): Promise<Listed['letters']> => {
  const { code, out, err } = await from.run('dead', 'list', '--json', ...which)
  assert.equal(code, 0, err)
  return (JSON.parse(out) as Listed).letters
}

test('a long line that is a dead letter is listed, restored from there, sent again, and then proven in the topic', async (t) => {
  const from = await home(t, '[message_conf]\nlong_line = dead_letter\nmax_message_length = 8KiB\n')
  const long = `${'a long line, '.repeat(5_000)}\n`
  from.write('a.log', `${lines(50, 'a')}${long}${lines(50, 'b')}`)
  await from.ship()
  const [letter, ...more] = await lettersOf(from)
  assert.equal(more.length, 0)
  const { filename, length, whole, topic, format } = letter ?? {}
  assert.deepEqual(
    { filename, length, whole, topic, format },
    { filename: from.agent.path('a.log'), length: long.length, whole: true, topic: from.topic, format: 'json' },
  )
  const page = await from.run('dead', 'list')
  assert.match(page.out, /a\.log\n {2}bytes \d+ to \d+, kept in \d+ parts: its line fits no message of 8192 bytes/)

  const hole = await from.run('restore', '--to', 'hole')
  assert.equal(hole.code, 0, hole.out + hole.err)
  assert.match(hole.out, /^dead {5}.*a\.log .* 65001 bytes dead letters: pannier dead list; --with-dead puts them in$/m)
  const filled = await from.run('restore', '--to', 'filled', '--with-dead')
  assert.equal(filled.code, 0)
  assert.deepEqual(readFileSync(from.restored('a.log', 'filled')), readFileSync(from.agent.path('a.log')))

  const shown = await from.run('dead', 'replay')
  assert.match(shown.out, /1 dead letter, 65001 bytes in .*nothing was sent; to do it, add --yes\n$/s)
  const sent = await from.run('dead', 'replay', '--yes')
  assert.equal(sent.code, 0, sent.out + sent.err)
  assert.match(sent.out, /^sent {3}[0-9a-f]{8}@\d+ {2}.*a\.log {2}to .* offset \d+\n1 letter sent, 0 left\n$/m)
  assert.deepEqual(await lettersOf(from), [])
  assert.equal(readFileSync(`${from.agent.folder}/state/dead-letters.jsonl`, 'utf8'), '')
  const restored = await from.run('restore', '--to', 'out')
  assert.equal(restored.code, 0, restored.out + restored.err)
  assert.ok(isRestored(from, 'a.log'))
  const proven = await from.run('verify')
  assert.equal(proven.code, 0, proven.out)
  assert.match(proven.out, /65001 bytes dead-lettered/)
})

test('of many lines that travel together the one that Kafka refuses is a dead letter, and goes through when it is sent again', async (t) => {
  const from = await home(t, '[message_conf]\nformat = line\n')
  from.write('a.log', `${lines(300, 'a')}bad line\n${lines(300, 'b')}`)
  await from.ship({
    before: (batch) => {
      // A head that counts a record too many is what the broker answers with INVALID_RECORD.
      if (messagesOf(batch).some(({ value }) => value.includes('bad line'))) batch.records++
    },
  })
  const [letter, ...more] = await lettersOf(from, '--file', from.agent.path('a.log'))
  assert.equal(more.length, 0)
  assert.deepEqual([letter?.['length'], letter?.['offset']], ['bad line\n'.length, lines(300, 'a').length])
  assert.match(String(letter?.['reason']), /^INVALID_RECORD: /)
  assert.deepEqual(await lettersOf(from, '--offset', '0'), [])
  const none = await from.run('dead', 'replay', '--yes', '--topic', 'other')
  assert.match(none.out, /^no dead letters of this choice in /)
  const sent = await from.run('dead', 'replay', '--yes')
  assert.equal(sent.code, 0, sent.out + sent.err)
  const restored = await from.run('restore', '--to', 'out')
  assert.equal(restored.code, 0, restored.out)
  assert.ok(isRestored(from, 'a.log'))
})

test('wrong words are told of', async (t) => {
  const from = await home(t, '')
  for (const [args, says] of [
    [[], /what\? there are list and replay/],
    [['bury'], /bury\? there are list and replay/],
    [['list', '--offset', '-1'], /--offset/],
    [['replay', '--json'], /--json is an option of dead list/],
  ] as const) {
    const { code, err } = await from.run('dead', ...args)
    assert.equal(code, 2)
    assert.match(err, says)
  }
  const { code, out } = await from.run('dead', 'list')
  assert.equal(code, 0)
  assert.match(out, /^no dead letters in /)
})
