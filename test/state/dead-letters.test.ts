import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, type DeadLetter, readEntry, readPlace } from '../../src/state/dead-letter.ts'
import { takeOut } from '../../src/state/dead-letter-box.ts'
import { DeadLetters, keptLetters } from '../../src/state/dead-letters.ts'
import { leaveOutTaken } from '../../src/state/pack-letters.ts'
import { type Disk, MemoryFolder } from './memory-folder.ts'

const LIMIT = 100_000

const letter = (offset: number, more: object = {}): DeadLetter => ({
  file_id: 'a'.repeat(32),
  filename: '/var/log/a ,"messages":[ .log',
  offset,
  length: 10,
  reason: 'INVALID_RECORD: told so',
  messages: [Buffer.from(`message at ${offset}`).toString('base64')],
  ...more,
})

const offsetsIn = async (disk: Disk): Promise<number[]> =>
  (await keptLetters((take) => new MemoryFolder(disk).stream('dead-letters.jsonl', take))).map(
    ({ head }) => head.offset,
  )

async function buried(offsets: readonly number[]): Promise<Disk> {
  const disk: Disk = new Map()
  const letters = new DeadLetters(new MemoryFolder(disk), LIMIT)
  for (const offset of offsets) assert.equal(await letters.bury([letter(offset)], 0), 1)
  return disk
}

const takenOut = (disk: Disk, offsets: readonly number[]): Promise<void> =>
  takeOut(
    new MemoryFolder(disk),
    offsets.map((offset) => letter(offset)),
    0,
  )

test('letters are found by their heads, whatever their names hold', async () => {
  const disk = await buried([0, 10, 20])
  const [first] = await keptLetters((take) => new MemoryFolder(disk).stream('dead-letters.jsonl', take))
  const { messages: _, ...head } = letter(0) as DeadLetter & { messages: unknown }
  assert.deepEqual(first?.head, head)
  assert.deepEqual(await offsetsIn(disk), [0, 10, 20])
})

test('the quick way to an address says what the thorough one does', () => {
  for (const filename of [
    '/a.log',
    '/with "quotes", \\ and ,"offset":7,"length":9',
    `/${'long/'.repeat(300)}`,
    '/中文',
  ])
    for (const entry of [
      { time: 't', ...letter(12345, { filename }) },
      { time: 't', taken_out: { file_id: 'b', offset: 5, length: 6 } },
      { taken_out: { file_id: 'b', offset: 5, length: 6 } },
      { time: 't', file_id: 'c' },
      { time: 't', ...letter(1), filename },
    ]) {
      const line = Buffer.from(JSON.stringify(entry))
      const slow = readEntry(line)
      const place = readPlace(line)
      assert.equal(place?.kind, slow?.kind)
      const { file_id, offset, length } = slow?.kind === 'letter' ? slow.head : (slow?.address ?? ({} as Address))
      assert.deepEqual(
        { file_id: place?.address.file_id, offset: place?.address.offset, length: place?.address.length },
        { file_id, offset, length },
      )
    }
})

test('what was taken out is there no more, and what is buried after that is there again', async () => {
  const disk = await buried([0, 10, 20])
  await takenOut(disk, [0, 20])
  assert.deepEqual(await offsetsIn(disk), [10])
  await new DeadLetters(new MemoryFolder(disk), LIMIT).bury([letter(20)], 0)
  assert.deepEqual(await offsetsIn(disk), [10, 20])
})

test('a letter that a crash buried twice is one', async () => {
  assert.deepEqual(await offsetsIn(await buried([0, 0, 10, 0])), [10, 0])
})

test('cut at any byte, all letters before the cut are there, and those that come after it', async () => {
  const bytes = (await buried([0, 10, 20])).get('dead-letters.jsonl') as Buffer
  for (let length = 0; length <= bytes.length; length++) {
    const disk: Disk = new Map([['dead-letters.jsonl', bytes.subarray(0, length)]])
    const before = await offsetsIn(disk)
    await takenOut(disk, [10])
    await new DeadLetters(new MemoryFolder(disk), LIMIT).bury([letter(30)], 0)
    const found = await offsetsIn(disk)
    // A line that lacks nothing but its end gets that by the next append.
    assert.deepEqual(
      found.filter((offset) => before.includes(offset) || offset === 30),
      [...before.filter((offset) => offset !== 10), 30],
    )
  }
})

test('no more are buried than there is room for, and room that was given back is used', async () => {
  const disk: Disk = new Map()
  const size = JSON.stringify({ time: new Date(0).toISOString(), ...letter(10) }).length
  const letters = new DeadLetters(new MemoryFolder(disk), 3 * size + 10)
  const four = [10, 20, 30, 40].map((offset) => letter(offset))
  assert.equal(await letters.bury(four, 0), 3)
  assert.equal(await letters.bury(four.slice(3), 0), 0)
  assert.deepEqual(await offsetsIn(disk), [10, 20, 30])
  await takenOut(disk, [10, 20])
  assert.equal(await letters.bury(four.slice(3), 0), 1)
  assert.deepEqual(await offsetsIn(disk), [30, 40])
  assert.ok((disk.get('dead-letters.jsonl')?.length ?? 0) <= 3 * size + 10)
})

test('a crash at any step of writing the file anew loses no letter', async () => {
  for (const reach of ['nothing', 'half', 'all'] as const)
    for (let step = 1; step < 12; step++) {
      const disk = await buried([0, 10, 20, 30])
      await takenOut(disk, [10, 20])
      await leaveOutTaken(new MemoryFolder(disk, { step, reach, kind: 'crash' })).catch(() => {})
      assert.deepEqual(await offsetsIn(disk), [0, 30])
      await leaveOutTaken(new MemoryFolder(disk))
      assert.deepEqual(await offsetsIn(disk), [0, 30])
      assert.ok(!String(disk.get('dead-letters.jsonl')).includes('taken_out'))
    }
})

test('however few addresses are held at a time, what is left is the same; half lines go', async () => {
  for (const atATime of [1, 2, 3, 100]) {
    const disk = await buried([0, 10, 20, 30, 40])
    disk.set('dead-letters.jsonl', Buffer.concat([disk.get('dead-letters.jsonl') as Buffer, Buffer.from('{"half')]))
    for (const offset of [10, 40, 20]) await takenOut(disk, [offset])
    await new DeadLetters(new MemoryFolder(disk), LIMIT).bury([letter(40)], 0)
    assert.equal(await leaveOutTaken(new MemoryFolder(disk), atATime), true)
    assert.deepEqual(await offsetsIn(disk), [0, 30, 40])
    const lines = String(disk.get('dead-letters.jsonl')).split('\n')
    assert.equal(lines.length, 4)
    assert.equal(await leaveOutTaken(new MemoryFolder(disk), atATime), false)
  }
})
