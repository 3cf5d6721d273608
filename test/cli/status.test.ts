import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { FileStatus } from '../../src/cli/status-files.ts'
import { pageOf } from '../../src/cli/status-page.ts'
import { documentOf, gather } from '../../src/cli/status-report.ts'
import { widthOf } from '../../src/cli/text-width.ts'
import type { Config } from '../../src/config/config.ts'
import { CHECKPOINT, type CheckpointRecord } from '../../src/state/checkpoint.ts'
import type { FileRecord } from '../../src/state/file-record.ts'
import { openStateFolder } from '../../src/state/folder.ts'
import { openJournal } from '../../src/state/journal.ts'
import { top } from '../../tools/package/bundle.ts'
import { until } from '../process/until.ts'
import { type Place, pannier, place, program } from './pannier.ts'

interface Page {
  readonly agent: { readonly host: string; readonly pid: number } | null
  readonly session: { readonly id: string } | null
  readonly sessions_waiting: readonly { readonly id: string }[]
  readonly dead_letters: number
  readonly problems: readonly string[]
  readonly files: readonly FileStatus[]
  readonly totals: Readonly<Record<string, unknown>>
}

const stateOf = (home: Place): string => join(home.state, 'stdout')

async function shown(home: Place, expected = 0): Promise<Page> {
  const { code, out, err } = await pannier(home.path, 'status', '--json', '--stdout')
  assert.equal(code, expected, err)
  return JSON.parse(out) as Page
}

async function ship(home: Place): Promise<void> {
  const { code, err } = await pannier(home.path, 'run', '--once', '--stdout')
  assert.equal(code, 0, err)
}

const named = ({ files }: Page, path: string): FileStatus => {
  const found = files.filter((file) => file.path === path)
  assert.equal(found.length, 1, `${found.length} files at ${path}`)
  return found[0] as FileStatus
}

/** Name, content and time of everything in the state directory. */
function snapshot(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const files = names.filter((path) => statSync(path).isFile())
  return files.map((path) => `${path} ${statSync(path, { bigint: true }).mtimeNs} ${readFileSync(path, 'base64')}`)
}

/** Puts records behind those of the checkpoint, as an agent would; a file's is made from the one that is there. */
async function record(home: Place, change: (records: FileRecord[]) => CheckpointRecord[]): Promise<void> {
  const folder = await openStateFolder(stateOf(home))
  const files = new Map<string, FileRecord>()
  const apply = (entry: CheckpointRecord): void => {
    if ('file' in entry) files.set(entry.file.birth.id, entry.file)
  }
  const options = { ...CHECKPOINT, snapshot: () => [] }
  const { journal } = await openJournal<CheckpointRecord>(folder, options, apply, () => files.clear())
  await journal.commit(change([...files.values()]))
  await journal.close()
}

test('before the first start there is nothing to tell, and nothing is made', async (t) => {
  const home = place(t)
  const { code, out } = await pannier(home.path, 'status')
  assert.equal(code, 0)
  assert.match(out, /agent {4}not running\nsession {2}none yet\n.*\nno file is known yet; pannier explain/)
  assert.deepEqual((await shown(home)).files, [])
  assert.equal(existsSync(home.state), false)
})

test('each file stands with its sizes, its committed offset and its accounts, and they add up', async (t) => {
  const home = place(t)
  const grown = home.write('grown.log', 'one\ntwo\n')
  const half = home.write('half.log', 'whole\nnot who')
  const moved = home.write('moved.log', 'first\n')
  await ship(home)
  appendFileSync(grown, 'three\n')
  const page = await shown(home)
  const { committed, size, size_seen, lag, shipped, pending, safe_to_delete, state } = named(page, grown)
  assert.deepEqual(
    { committed, size, size_seen, lag, shipped, pending, safe_to_delete, state },
    { committed: 8, size: 14, size_seen: 8, lag: 6, shipped: 8, pending: 0, safe_to_delete: false, state: 'living' },
  )
  assert.deepEqual([named(page, half).pending, named(page, half).lag, named(page, half).committed], [7, 7, 6])
  assert.equal(named(page, moved).safe_to_delete, true)
  assert.deepEqual(
    page.files.map(({ path }) => path),
    [half, grown, moved],
    'the largest lag first',
  )
  const { ino, dev } = statSync(grown)
  assert.deepEqual([named(page, grown).identity.ino, named(page, grown).identity.dev], [String(ino), String(dev)])
  assert.equal(page.totals['lag'], 13)
  assert.equal(page.totals['safe_to_delete'], 1)
  assert.equal(page.agent, null)

  renameSync(moved, `${moved}.1`)
  home.write('moved.log', 'second\n')
  await ship(home)
  const after = await shown(home)
  assert.deepEqual(
    [named(after, `${moved}.1`).filename, named(after, `${moved}.1`).state, named(after, `${moved}.1`).safe_to_delete],
    [moved, 'rotated', true],
  )
  assert.equal(named(after, moved).committed, 7)
  for (const file of after.files) {
    const sum = file.shipped + file.pending + file.filtered + file.dead_lettered + file.abandoned
    assert.equal(sum, file.size_seen + file.cut_off, file.path)
  }
})

test('what was cut, truncated or deleted is told with what was abandoned, and is never called safe to delete', async (t) => {
  const home = place(t)
  // Longer than its head, or it would be another file once it is cut.
  const cut = home.write('cut.log', `${'x'.repeat(1999)}\nand a long rest`)
  const truncated = home.write('truncated.log', 'gone with the truncation\n')
  const removed = home.write('removed.log', 'x\nrest')
  await ship(home)
  truncateSync(cut, 2002)
  truncateSync(truncated)
  rmSync(removed)
  const before = await shown(home)
  assert.deepEqual([named(before, cut).size, named(before, cut).lag, named(before, cut).pending], [2002, 2, 15])
  assert.deepEqual([named(before, removed).size, named(before, removed).safe_to_delete], [null, null])
  assert.equal(named(before, truncated).safe_to_delete, false)
  await ship(home)
  const after = await shown(home)
  const { size_seen, cut_off, abandoned, pending } = named(after, cut)
  assert.deepEqual(
    { size_seen, cut_off, abandoned, pending },
    { size_seen: 2002, cut_off: 13, abandoned: 13, pending: 2 },
  )
  assert.deepEqual([named(after, removed).state, named(after, removed).abandoned], ['gone', 4])
  const [ended] = after.files.filter(({ state }) => state === 'ended')
  assert.deepEqual([ended?.filename, ended?.safe_to_delete, ended?.size], [truncated, null, null])
})

test('of a .gz all numbers are of what it holds, as long as it is the one that was read', async (t) => {
  const home = place(t)
  home.configure(`[basic_conf]\ninputpath = ${home.logs}/*.gz\n`)
  const path = join(home.logs, 'a.gz')
  writeFileSync(path, gzipSync('one\ntwo\n'))
  await ship(home)
  const { size, committed, lag, safe_to_delete } = named(await shown(home), path)
  assert.deepEqual({ size, committed, lag, safe_to_delete }, { size: 8, committed: 8, lag: 0, safe_to_delete: true })
  writeFileSync(path, gzipSync('one\ntwo\nthree\n'))
  assert.equal(named(await shown(home), path).safe_to_delete, null)
})

test('a file rewritten to its old size since the last round is not called safe to delete', async (t) => {
  const home = place(t)
  const path = home.write('a.log', 'one\n')
  await ship(home)
  assert.equal(named(await shown(home), path).safe_to_delete, true)
  writeFileSync(path, 'two\n')
  const { safe_to_delete, lag } = named(await shown(home), path)
  assert.deepEqual({ safe_to_delete, lag }, { safe_to_delete: false, lag: 0 })
})

test('the last error of a file is known to status while no agent runs, until the file ships again', async (t) => {
  const home = place(t, `[message_conf]\nmax_message_length = 1KiB\nfield.long = ${'x'.repeat(1100)}\n`)
  const path = home.write('a.log', 'one\n')
  assert.equal((await pannier(home.path, 'run', '--once', '--stdout')).code, 1)
  assert.match(named(await shown(home), path).last_error ?? '', /its name and metadata alone need more than/)
  const { out } = await pannier(home.path, 'status', '--stdout')
  assert.match(out, /\n {2}error: its name and metadata alone need more than/)
  home.configure('')
  await ship(home)
  assert.equal(named(await shown(home), path).last_error, null)
})

function startAgent(t: TestContext, home: Place): { pid: number; kill: () => Promise<unknown> } {
  const child = spawn(process.execPath, [program, 'run', '--stdout'], { cwd: home.path, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const kill = (): Promise<unknown> => {
    child.kill('SIGKILL')
    return ended
  }
  t.after(kill)
  return { pid: child.pid as number, kill }
}

test("beside a running agent status names it, follows its work, and is in nobody's way", async (t) => {
  const home = place(t)
  const path = home.write('a.log', 'one\n')
  const agent = startAgent(t, home)
  await until('it has shipped', async () => existsSync(join(stateOf(home), 'checkpoint')))
  const page = await until('status knows the file', async () => {
    const seen = await shown(home)
    return seen.files.some(({ committed }) => committed === 4) && seen
  })
  assert.equal(page.agent?.pid, agent.pid)
  // Reads that meet the agent's writes.
  for (let i = 1; i <= 8; i++) {
    appendFileSync(path, `line ${i}\n`.repeat(200))
    const { files, problems } = await shown(home)
    assert.deepEqual(problems, [])
    assert.equal(files.length, 1)
  }
  const { size } = statSync(path)
  await until('all is committed', async () => named(await shown(home), path).committed === size)
  assert.match(
    (await pannier(home.path, 'status', '--stdout')).out,
    new RegExp(`agent {4}running: host .*, pid ${agent.pid}, since `),
  )
  await agent.kill()
  const after = await shown(home)
  assert.equal(after.agent, null)
  assert.equal(named(after, path).committed, size)
})

test('a last line that is being written is no damage; damage is named and left as it is', async (t) => {
  const home = place(t)
  const path = home.write('a.log', 'one\n')
  await ship(home)
  const checkpoint = join(stateOf(home), 'checkpoint')
  const whole = readFileSync(checkpoint)
  const lines = whole.toString().split('\n')
  const next = lines.find((line) => line.includes('"file"')) ?? ''
  for (const torn of [next.slice(0, 5), next.slice(0, 9), next.slice(0, -10), `${next}\n`]) {
    writeFileSync(checkpoint, whole)
    appendFileSync(checkpoint, torn)
    const before = snapshot(home.state)
    const page = await shown(home)
    assert.deepEqual([page.problems, named(page, path).committed], [[], 4])
    assert.deepEqual(snapshot(home.state), before)
  }
  writeFileSync(checkpoint, Buffer.alloc(100))
  const before = snapshot(home.state)
  const { code, out, err } = await pannier(home.path, 'status', '--json', '--stdout')
  assert.equal(code, 1)
  assert.match(err, /^error: state file checkpoint is damaged/m)
  assert.equal(named(JSON.parse(out) as Page, path).committed, 0, 'its birth is still known')
  assert.deepEqual(snapshot(home.state), before)
})

test('accounts that do not add up are an error with the sums', async (t) => {
  const home = place(t)
  const path = home.write('a.log', 'one\n')
  home.write('b.log', 'fine\n')
  await ship(home)
  await record(home, (files) =>
    files
      .filter((file) => file.birth.path === path)
      .map((file) => ({ file: { ...file, totals: { ...file.totals, shipped: (file.totals.shipped ?? 0) - 1 } } })),
  )
  const { code, err } = await pannier(home.path, 'status', '--stdout')
  assert.equal(code, 1)
  const sums = 'shipped 3 \\+ pending 0 \\+ filtered 0 \\+ dead-lettered 0 \\+ abandoned 0 = 3, not 4'
  assert.match(err, new RegExp(`^error: ${path} \\([0-9a-f]{32}\\): its accounts do not add up: ${sums}\\n$`))
  assert.equal((await shown(home, 1)).problems.length, 1)
})

test('the session, sessions that wait for their manifests and dead letters are told', async (t) => {
  const home = place(t)
  home.write('a.log', 'one\n')
  await ship(home)
  const closed = { id: '2026-01-01', opened: 0, closed: 1000 }
  const current = { id: '2026-01-02', opened: 1000, due: 2000, rule: '0 0 * * * UTC' }
  await record(home, () => [{ session: { current, closing: [closed], recent: [] } }])
  const letter = (offset: number): string =>
    `${JSON.stringify({ time: '', file_id: '0'.repeat(32), filename: '/a.log', offset, length: 1, reason: '{"}\n{', messages: [] })}\n`
  // Of the three that were begun, a crash cut the second short.
  writeFileSync(join(stateOf(home), 'dead-letters.jsonl'), `${letter(0)}${letter(1).slice(0, 30)}\n${letter(2)}`)
  const page = await shown(home)
  assert.deepEqual([page.session?.id, page.sessions_waiting.map(({ id }) => id)], ['2026-01-02', ['2026-01-01']])
  assert.equal(page.dead_letters, 2)
  const { out } = await pannier(home.path, 'status', '--stdout')
  assert.match(out, /session {2}2026-01-02, open since .*; no manifest yet of 2026-01-01\ndead {5}2 dead letters/)
})

test('the page fits its width, obeys no file name, and has no colours off a terminal', async (t) => {
  const home = place(t)
  const long = home.write(`${'very-'.repeat(30)}long.log`, 'text\n')
  home.write('evil\u001b[31m\nname.log', 'x\n')
  home.write(`${'订单'.repeat(20)}.log`, 'x\n')
  await ship(home)
  const { out } = await pannier(home.path, 'status', '--stdout')
  assert.equal(out.includes('\u001b'), false)
  assert.match(out, /evil\\x1b\[31m\\x0aname\.log/)
  const config = { path: 'config.ini' } as Config
  const report = await gather(config, stateOf(home))
  for (const width of [80, 120]) {
    const lines = [...pageOf(report, width)].join('').split('\n').slice(5, 9)
    assert.equal(lines[0]?.trim().split(/\s+/).join(' '), 'LAG SIZE COMMITTED STATE SAFE ID FILE')
    for (const line of lines) assert.ok(widthOf(line) <= width, `${widthOf(line)} columns: ${line}`)
    assert.ok(lines.some((line) => line.endsWith('long.log')))
  }
  assert.ok(report.files.some(({ path }) => path === long))
})

/** Names of the fields in the first column of the table below a heading. */
function documented(heading: string): string[] {
  const page = readFileSync(join(top, 'docs/reference/status.md'), 'utf8')
  const table =
    page
      .slice(page.indexOf(heading))
      .split('\n\n')
      .find((part) => part.startsWith('| field')) ?? ''
  return table
    .split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name))
}

test('the reference page lists exactly the fields that --json has', async (t) => {
  const home = place(t)
  home.write('a.log', 'one\n')
  await ship(home)
  const page = await shown(home)
  assert.deepEqual(Object.keys(page).toSorted(), documented('# `pannier status').toSorted())
  assert.deepEqual(Object.keys(page.files[0] ?? {}).toSorted(), documented('## Each of').toSorted())
  assert.deepEqual(Object.keys(page.totals).toSorted(), documented('## `totals`').toSorted())
})

test('the document of thousands of files is still one document', async (t) => {
  const home = place(t)
  home.write('a.log', 'one\n')
  await ship(home)
  const config = { path: 'config.ini' } as Config
  const report = await gather(config, stateOf(home))
  const files = Array.from({ length: 2500 }, () => report.files[0] as FileStatus)
  const text = [...documentOf({ ...report, files })].join('')
  assert.equal((JSON.parse(text) as Page).files.length, 2500)
})
