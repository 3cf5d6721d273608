// P15: state that was cut, zeroed or overwritten, a disk that was full, and a crash between any two steps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Entry, openState, type State, stateAfter } from './journal-model.ts'
import { type Disk, MemoryFolder, type Reach } from './memory-folder.ts'

const OLD: Entry[][] = [
  [{ key: 'a', value: 1 }],
  [
    { key: 'b', value: 2 },
    { key: 'a', value: 3 },
  ],
]
const NEW: Entry[][] = [
  [
    { key: 'c', value: 4 },
    { key: 'd', value: 5 },
  ],
  [{ key: 'a', value: 6 }],
]
/** The state after each commit; the compaction stands behind the third entry and changes nothing. */
const HISTORY: State[] = [0, 1, 2, 3, 4].map((count) => stateAfter([...OLD, ...NEW].slice(0, count)))

/** Two generations: OLD in the previous one, a snapshot of it and NEW in the current one. */
async function twoGenerations(): Promise<Disk> {
  const disk: Disk = new Map()
  const { journal, put } = await openState(new MemoryFolder(disk))
  for (const commit of OLD) await put(...commit)
  await journal.compact()
  for (const commit of NEW) await put(...commit)
  return disk
}

const at = (state: State): number => HISTORY.findLastIndex((known) => JSON.stringify(known) === JSON.stringify(state))

/** Opens, checks that the state is one that was committed, commits, and opens again. Returns how far the state came. */
async function reopen(disk: Disk) {
  const opened = await openState(new MemoryFolder(disk))
  const before = opened.state()
  await opened.put({ key: 'later', value: 1 })
  await opened.put({ key: 'later', value: 2 })
  const again = await openState(new MemoryFolder(disk))
  assert.deepEqual(again.state(), { ...before, later: 2 })
  assert.deepEqual(again.recovery.damaged, [])
  return { reached: at(before), recovery: opened.recovery, journal: again.journal }
}

test('cut at any byte, the state is the last whole commit, and commits go on', async () => {
  const whole = await twoGenerations()
  const bytes = whole.get('checkpoint') ?? Buffer.alloc(0)
  const ends = [...bytes.toString('latin1').matchAll(/\{"commit":\d+\}\n/g)].map(
    (match) => match.index + match[0].length,
  )
  for (let length = 0; length <= bytes.length; length += 1) {
    const disk = new Map(whole).set('checkpoint', bytes.subarray(0, length))
    const { reached, recovery } = await reopen(disk)
    const commits = ends.filter((end) => end <= length).length
    assert.equal(reached, commits === 0 ? OLD.length : OLD.length + commits - 1, `cut at ${length}`)
    assert.equal(recovery.source, commits === 0 ? 'previous' : 'current', `cut at ${length}`)
    assert.equal(recovery.tornTail, commits > 0 && !ends.includes(length), `cut at ${length}`)
    assert.equal(recovery.damaged.length, commits === 0 ? 1 : 0)
    assert.equal(recovery.lostCommits, commits === 0 ? 'possible' : 'none')
  }
})

test('without a previous generation a cut before the first commit begins a new state, and says that commits may be lost', async () => {
  const disk = await twoGenerations()
  disk.delete('checkpoint.previous')
  disk.set('checkpoint', disk.get('checkpoint')?.subarray(0, 60) ?? Buffer.alloc(0))
  const { reached, recovery } = await reopen(disk)
  assert.equal(reached, 0)
  assert.deepEqual([recovery.source, recovery.lostCommits], ['new', 'possible'])
})

test('any byte changed is noticed, and the state is still one that was committed', async () => {
  const whole = await twoGenerations()
  const bytes = whole.get('checkpoint') ?? Buffer.alloc(0)
  for (let index = 0; index < bytes.length; index += 1) {
    for (const mask of [0x01, 0x20, 0xff]) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ mask
      const { reached, recovery } = await reopen(new Map(whole).set('checkpoint', changed))
      assert.ok(reached >= OLD.length, `byte ${index} ^ ${mask}`)
      assert.ok(recovery.tornTail || recovery.damaged.length === 1, `byte ${index} ^ ${mask}`)
    }
  }
})

test('a tail of NULs, as a file system leaves it after a power cut, is damage behind which nothing is appended', async () => {
  const disk = await twoGenerations()
  const bytes = Buffer.concat([disk.get('checkpoint') ?? Buffer.alloc(0), Buffer.alloc(4096)])
  disk.set('checkpoint', bytes)
  const { reached, recovery, journal } = await reopen(disk)
  assert.equal(reached, HISTORY.length - 1)
  assert.equal(recovery.lostCommits, 'possible')
  assert.equal(journal.generation, 3)
  const [damage] = recovery.damaged
  assert.match(damage?.reason ?? '', /no line at byte/)
  assert.deepEqual(disk.get(damage?.quarantined ?? ''), bytes)
})

const RUINS = {
  'all NULs': Buffer.alloc(300),
  garbage: Buffer.from('PK\x03\x04 not a journal\n\n{}\n'),
  empty: Buffer.alloc(0),
}
for (const [ruin, bytes] of Object.entries(RUINS)) {
  test(`a current file that is ${ruin} is moved to quarantine, and the previous generation used`, async () => {
    const disk = (await twoGenerations()).set('checkpoint', bytes)
    const { reached, recovery } = await reopen(disk)
    assert.equal(reached, OLD.length)
    assert.deepEqual(
      [recovery.source, recovery.lostCommits, recovery.commits],
      ['previous', 'possible', OLD.length + 1],
    )
    assert.equal(recovery.damaged[0]?.file, 'checkpoint')
    assert.deepEqual(disk.get(recovery.damaged[0]?.quarantined ?? ''), bytes)
  })

  test(`both files ${ruin}: a new state, both in quarantine`, async () => {
    const disk: Disk = new Map([
      ['checkpoint', bytes],
      ['checkpoint.previous', bytes],
    ])
    const { reached, recovery } = await reopen(disk)
    assert.equal(reached, 0)
    assert.deepEqual([recovery.source, recovery.lostCommits, recovery.damaged.length], ['new', 'possible', 2])
    assert.ok([...disk.keys()].some((name) => name.startsWith('quarantine/checkpoint.')))
  })
}

test('damage in the middle costs the commits behind it, not those before', async () => {
  const disk = await twoGenerations()
  const bytes = Buffer.from(disk.get('checkpoint') ?? '')
  bytes.fill(0, bytes.lastIndexOf('"key":"a"'), bytes.length - 20)
  const { reached, recovery } = await reopen(disk.set('checkpoint', bytes))
  assert.equal(reached, HISTORY.length - 2)
  assert.deepEqual([recovery.source, recovery.lostCommits], ['current', 'possible'])
})

test('a journal of another format is put aside, not read', async () => {
  const disk: Disk = new Map()
  await (await openState(new MemoryFolder(disk), { format: 'pannier-births' })).put({ key: 'a', value: 1 })
  const { reached, recovery } = await reopen(disk)
  assert.equal(reached, 0)
  assert.match(recovery.damaged[0]?.reason ?? '', /"pannier-births", not "pannier-test"/)
})

test('a current file that is gone is reported, and the previous generation used', async () => {
  const disk = await twoGenerations()
  disk.delete('checkpoint')
  const { reached, recovery } = await reopen(disk)
  assert.equal(reached, OLD.length)
  assert.equal(recovery.lostCommits, 'possible')
  assert.deepEqual(recovery.damaged, [{ file: 'checkpoint', reason: 'it is missing', quarantined: null }])
})

/** What a crash between the two renames of a compaction leaves. */
async function interruptedCompaction(): Promise<Disk> {
  const disk = await twoGenerations()
  const folder = new MemoryFolder(disk)
  const { journal } = await openState(folder)
  folder.rename = async (from, to) => {
    if (to === 'checkpoint') throw new Error('crash')
    await MemoryFolder.prototype.rename.call(folder, from, to)
  }
  await assert.rejects(journal.compact(), /crash/)
  return disk
}

test('a compaction that was interrupted between its renames has lost nothing, and says so', async () => {
  const disk = await interruptedCompaction()
  assert.deepEqual([...disk.keys()].toSorted(), ['checkpoint.next', 'checkpoint.previous'])
  const { reached, recovery } = await reopen(disk)
  assert.equal(reached, HISTORY.length - 1)
  assert.deepEqual([recovery.source, recovery.lostCommits, recovery.damaged], ['previous', 'none', []])
})

test('an interrupted compaction whose next generation is lost too, as a full disk has it, has lost nothing', async () => {
  const disk = await interruptedCompaction()
  await openState(new MemoryFolder(disk))
  disk.delete('checkpoint.next')
  const { reached, recovery } = await reopen(disk)
  assert.equal(reached, HISTORY.length - 1)
  assert.deepEqual([recovery.source, recovery.lostCommits, recovery.damaged], ['current', 'none', []])
})

test('a next generation that does not follow the previous one does not vouch for it', async () => {
  const disk = await twoGenerations()
  const other: Disk = new Map(disk)
  await (await openState(new MemoryFolder(other))).journal.compact()
  disk.set('checkpoint.next', other.get('checkpoint') ?? Buffer.alloc(0))
  disk.delete('checkpoint')
  assert.equal((await reopen(disk)).recovery.lostCommits, 'possible')
})

test('commits that stand in the file a second time are not believed', async () => {
  const disk = await twoGenerations()
  const text = String(disk.get('checkpoint'))
  const again = text.split('\n').slice(-4).join('\n')
  const { reached, recovery } = await reopen(disk.set('checkpoint', Buffer.from(text + again)))
  assert.equal(reached, HISTORY.length - 1)
  assert.match(recovery.damaged[0]?.reason ?? '', /commit \d+ stands behind commit \d+/)
})

test('a file that the disk cannot read any more gives the previous generation its turn', async () => {
  const folder = new MemoryFolder(await twoGenerations())
  folder.unreadable.add('checkpoint')
  const { state, recovery } = await openState(folder)
  assert.equal(at(state()), OLD.length)
  assert.equal(recovery.lostCommits, 'possible')
})

test('a full disk does not keep damaged state from being opened', async () => {
  const disk = await twoGenerations()
  disk.set('checkpoint', Buffer.concat([disk.get('checkpoint') ?? Buffer.alloc(0), Buffer.alloc(10)]))
  const folder = new MemoryFolder(disk)
  folder.full = true
  const { state, recovery } = await openState(folder)
  assert.equal(at(state()), HISTORY.length - 1)
  assert.equal(recovery.damaged[0]?.quarantined, null)
})

test('the same damage met at several starts is kept once', async () => {
  const disk = await twoGenerations()
  disk.set('checkpoint', Buffer.concat([disk.get('checkpoint') ?? Buffer.alloc(0), Buffer.alloc(10)]))
  for (let start = 0; start < 3; start += 1) await openState(new MemoryFolder(disk))
  assert.equal([...disk.keys()].filter((name) => name.startsWith('quarantine/')).length, 1)
})

test('a disk that is full for a while costs nothing: commits are refused, then go on in a new generation', async () => {
  const disk = await twoGenerations()
  const folder = new MemoryFolder(disk)
  const { put, journal, state } = await openState(folder)
  folder.full = true
  for (let attempt = 0; attempt < 3; attempt += 1)
    await assert.rejects(put({ key: 'x', value: 1 }), { code: 'STATE_DISK_FULL', retriable: true })
  await assert.rejects(journal.compact(), { code: 'STATE_DISK_FULL' })
  assert.deepEqual((await openState(new MemoryFolder(new Map(disk)))).state(), HISTORY.at(-1))
  folder.full = false
  await put({ key: 'x', value: 2 })
  await put({ key: 'x', value: 3 })
  assert.equal(journal.generation, 3)
  assert.deepEqual((await openState(new MemoryFolder(disk))).state(), state())
})

test('a compaction that finds the disk full leaves the current generation in use', async () => {
  const disk = await twoGenerations()
  const folder = new MemoryFolder(disk)
  const { put, journal } = await openState(folder)
  folder.full = true
  await assert.rejects(journal.compact(), { code: 'STATE_DISK_FULL' })
  folder.full = false
  assert.equal(disk.has('checkpoint.next'), false)
  await put({ key: 'x', value: 1 })
  assert.equal(journal.generation, 2)
  assert.deepEqual((await openState(new MemoryFolder(disk))).state(), { ...HISTORY.at(-1), x: 1 })
})

test('a compaction that failed is not asked for again at once', async () => {
  const folder = new MemoryFolder(new Map())
  const { put, journal } = await openState(folder)
  await put({ key: 'a', value: 0 })
  await put(...Array.from({ length: 50_000 }, (_, value) => ({ key: 'a'.repeat(100), value })))
  assert.equal(journal.shouldCompact(1000), true)
  folder.full = true
  await assert.rejects(journal.compact(), { code: 'STATE_DISK_FULL' })
  assert.equal(journal.shouldCompact(1000), false)
})

test('a file that somebody else changed is not appended to', async () => {
  const disk = await twoGenerations()
  const { put } = await openState(new MemoryFolder(disk))
  disk.set('checkpoint', Buffer.from('somebody else'))
  await assert.rejects(put({ key: 'x', value: 1 }), { code: 'STATE_CHANGED', retriable: true })
  await put({ key: 'x', value: 1 })
  const { state, recovery } = await openState(new MemoryFolder(disk))
  assert.deepEqual(state(), { ...HISTORY.at(-1), x: 1 })
  assert.equal(recovery.damaged.length, 0)
  assert.match(String(disk.get('checkpoint.previous')), /"generation":1/)
})

/** What an agent does on top of `disk`: commits, a compaction, commits. Every acked and the last tried state is told. */
async function work(folder: MemoryFolder, told: { acked: State; tried: State }): Promise<void> {
  const { journal, put, state } = await openState(folder)
  told.acked = told.tried = state()
  const commit = async (...entries: Entry[]): Promise<void> => {
    told.tried = { ...told.acked, ...stateAfter([entries]) }
    await put(...entries)
    told.acked = told.tried
  }
  await commit({ key: 'e', value: 1 }, { key: 'f', value: 1 })
  await commit({ key: 'e', value: 2 })
  await journal.compact()
  await commit({ key: 'f', value: 2 }, { key: 'g', value: 2 })
  await journal.close()
}

const torn = async (): Promise<Disk> => {
  const disk = await twoGenerations()
  return disk.set('checkpoint', Buffer.concat([disk.get('checkpoint') ?? Buffer.alloc(0), Buffer.from('0123abcd {"k')]))
}
const damagedTail = async (): Promise<Disk> => {
  const disk = await twoGenerations()
  return disk.set('checkpoint', Buffer.concat([disk.get('checkpoint') ?? Buffer.alloc(0), Buffer.alloc(9)]))
}
const damagedAll = async (): Promise<Disk> => (await twoGenerations()).set('checkpoint', Buffer.alloc(9))
const STARTS = {
  nothing: async (): Promise<Disk> => new Map(),
  'two generations': twoGenerations,
  'a torn tail': torn,
  'a damaged tail': damagedTail,
  'a ruined current file': damagedAll,
}

for (const [start, prepare] of Object.entries(STARTS)) {
  test(`starting from ${start}, a crash in any step loses no commit that was reported`, async () => {
    const probe = new MemoryFolder(await prepare())
    await work(probe, { acked: {}, tried: {} })
    assert.ok(probe.steps >= 8)
    for (let step = 1; step <= probe.steps; step += 1) {
      for (const reach of ['nothing', 'half', 'all'] satisfies Reach[]) await crashAt(await prepare(), step, reach)
    }
  })
}

async function crashAt(disk: Disk, step: number, reach: Reach): Promise<void> {
  const unharmed = (await openState(new MemoryFolder(new Map(disk)))).state()
  const told = { acked: unharmed, tried: unharmed }
  await assert.rejects(async () => {
    // A crash while opening is swallowed where only the quarantine failed; the next step meets the machine switched off.
    await work(new MemoryFolder(disk, { step, reach, kind: 'crash' }), told)
  })
  const after = await openState(new MemoryFolder(disk))
  const found = JSON.stringify(after.state())
  assert.ok(
    [told.acked, told.tried].map((state) => JSON.stringify(state)).includes(found),
    `step ${step} ${reach}: ${found}`,
  )
  await work(new MemoryFolder(disk), told)
  assert.deepEqual((await openState(new MemoryFolder(disk))).state(), told.acked)
}

test('whatever fails once and goes on, no reported commit is lost, now or after a later crash', async () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.integer({ min: 0, max: 99 }) }),
    },
    { weight: 1, arbitrary: fc.constant('compact' as const) },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  )
  const fault = fc.record({
    step: fc.integer({ min: 1, max: 12 }),
    reach: fc.constantFrom<Reach>('nothing', 'half', 'all'),
  })
  const turn = fc.record({
    action,
    fault: fc.option(fault, { freq: 3 }),
    kind: fc.constantFrom('crash' as const, 'full' as const),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 40 }), async (turns) => {
      const disk: Disk = new Map()
      let told: { acked: State; tried: State[] } = { acked: {}, tried: [] }
      let opened = await openState(new MemoryFolder(disk))
      for (const { action: what, fault: where, kind } of turns) {
        if (where !== null || what === 'reopen') {
          opened = await openState(new MemoryFolder(disk, where === null ? null : { ...where, kind })).catch(
            () => opened,
          )
        }
        if (what !== 'reopen') {
          const change = what === 'compact' ? [] : [what]
          const tried = { ...told.acked, ...stateAfter([change]) }
          const done = await (what === 'compact' ? opened.journal.compact() : opened.put(what)).then(
            () => true,
            () => false,
          )
          told = done ? { acked: tried, tried: [] } : { acked: told.acked, tried: [...told.tried, tried] }
        }
        // A commit that was refused may have reached the disk; which of them did is known after a restart only.
        const found = (await openState(new MemoryFolder(new Map(disk)))).state()
        const same = (state: State): boolean => sorted(state) === sorted(found)
        assert.ok(same(told.acked) || told.tried.some(same), `${JSON.stringify(found)} ${JSON.stringify(told)}`)
        if (where !== null || what === 'reopen') {
          opened = await openState(new MemoryFolder(disk))
          told = { acked: opened.state(), tried: [] }
        }
      }
    }),
    { numRuns: 150 },
  )
})

const sorted = (state: State): string => JSON.stringify(state, ['a', 'b', 'c'])
