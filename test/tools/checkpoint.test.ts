import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { committedOffsets } from '../../tools/oracle/checkpoint.ts'
import { batchSizes } from '../../tools/oracle/segments.ts'

test('only what a whole commit follows is committed, and the last word on a file counts', (t) => {
  const folder = tempFolder(t)
  const text = [
    line({ format: 'pannier-checkpoint', version: 1, generation: 1 }),
    line({ file: { birth: { id: 'a' }, offset: 10 } }),
    line({ file: { birth: { id: 'b' }, offset: 5 } }),
    line({ commit: 1 }),
    line({ file: { birth: { id: 'a' }, offset: 20 } }),
    line({ forgotten: 'b' }),
    line({ commit: 2 }),
    line({ file: { birth: { id: 'a' }, offset: 30 } }),
    line({ commit: 3 }).slice(0, -4),
  ].join('')
  writeFileSync(join(folder, 'checkpoint'), text)
  assert.deepEqual([...committedOffsets(folder)], [['a', 20]])
})

test('a line whose sum is wrong ends the checkpoint, and no checkpoint commits nothing', (t) => {
  const folder = tempFolder(t)
  assert.equal(committedOffsets(folder).size, 0)
  const good = line({ file: { birth: { id: 'a' }, offset: 10 } }) + line({ commit: 1 })
  const bad = line({ file: { birth: { id: 'a' }, offset: 20 } }).replace('20', '21')
  writeFileSync(join(folder, 'checkpoint'), good + bad + line({ commit: 2 }))
  assert.deepEqual([...committedOffsets(folder)], [['a', 10]])
})

test('the sizes of batches are taken from the segments of the topic alone, head and all', (t) => {
  const folder = tempFolder(t)
  for (const [name, ...sizes] of [
    ['mine-0', 100, 61],
    ['mine-1', 70],
    ['other-0', 999],
  ] as const) {
    mkdirSync(join(folder, name))
    const zeros = Buffer.alloc(50)
    writeFileSync(join(folder, name, '00000000000000000000.log'), Buffer.concat([...sizes.map(batch), zeros]))
  }
  assert.deepEqual(
    batchSizes(folder, 'mine').toSorted((a, b) => a - b),
    [61, 70, 100],
  )
})

function batch(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeInt32BE(size - 12, 8)
  return bytes
}

function line(record: unknown): string {
  const json = JSON.stringify(record)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
