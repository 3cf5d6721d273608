import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isProven, proofTable, prove } from '../../tools/demo/proof.ts'
import { lineBytes, lines } from '../../tools/oracle/lines.ts'
import { fileIdOf, jsonMessage, lineMessages, type Made, rawMessage } from './messages.ts'

test('what came whole, in any format and over a rotation, is proven', async (t) => {
  const { sources, pieces } = twoSources(t)
  const [first, second, third] = pieces
  const records = [jsonMessage(first), rawMessage(second), ...lineMessages(third), jsonMessage(first)]
  const rows = await prove(stream(records), sources)
  assert.equal(isProven(rows), true)
  assert.equal(
    proofTable(rows),
    [
      'file  written  in Kafka  lost  duplicated  out of order  exact after de-dup  sha256 equal',
      '----  -------  --------  ----  ----------  ------------  ------------------  ------------',
      'a          30        50     0          20             0                 yes           yes',
      'b           5         5     0           0             0                 yes           yes',
    ].join('\n'),
  )
})

test('a rotated file of which the end is missing is not proven', async (t) => {
  const { sources, pieces } = twoSources(t)
  const [first, second, third] = pieces
  const cut = { ...first, bytes: first.bytes.subarray(0, -lineBytes) }
  const rows = await prove(stream([jsonMessage(cut), rawMessage(second), jsonMessage(third)]), sources)
  assert.equal(isProven(rows), false)
  assert.deepEqual(
    rows.map(({ tag, lost, exact, identical }) => ({ tag, lost, exact, identical })),
    [
      { tag: 'a', lost: 1, exact: false, identical: false },
      { tag: 'b', lost: 0, exact: true, identical: true },
    ],
  )
})

test('nothing in Kafka is everything lost', async (t) => {
  const rows = await prove(stream([]), twoSources(t).sources)
  assert.deepEqual(
    rows.map(({ expected, lost, identical }) => [expected, lost, identical]),
    [
      [30, 30, false],
      [5, 5, false],
    ],
  )
})

function twoSources(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = (number: number, name: string, bytes: Buffer) => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return { fileId: fileIdOf(number), filename: path, offset: 0, bytes, path }
  }
  const first = file(1, 'a.log.1', lines('a', 0, 20, { invalidEvery: 3 }))
  const second = file(2, 'a.log', lines('a', 20, 10))
  const third = file(3, 'b.log', lines('b', 0, 5))
  const sources = [
    { tag: 'a', paths: [first.path, second.path] },
    { tag: 'b', paths: [third.path] },
  ]
  return { sources, pieces: [first, second, third] as const }
}

async function* stream(records: readonly Made[]): AsyncGenerator<Made> {
  yield* records
}
