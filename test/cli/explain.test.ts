import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { type TestTopic, withTopic } from '../kafka/broker.ts'
import { kafkaConf, type Place, pannier, place } from './pannier.ts'
import { deadAddress } from './strangers.ts'

interface Row {
  readonly path: string
  readonly verdict: string
  readonly from: number | null
  readonly bytes: number
  readonly waiting: number
  readonly reason: string | null
  readonly file_id: string | null
}

interface Page {
  readonly files: readonly Row[]
  readonly totals: { readonly ships: number; readonly bytes: number; readonly waiting: number }
}

async function explained(home: Place): Promise<Map<string, Row>> {
  const { code, out, err } = await pannier(home.path, 'explain', '--json')
  assert.equal(code, 0, err)
  const { files, totals } = JSON.parse(out) as Page
  assert.equal(
    totals.bytes,
    files.reduce((sum, { bytes }) => sum + bytes, 0),
  )
  return new Map(files.map((row) => [row.path, row]))
}

/** The rows that ship, as `range of path or file id`. */
function promised(rows: ReadonlyMap<string, Row>): string[] {
  const shipping = [...rows.values()].filter(({ verdict }) => verdict === 'ships')
  return shipping.map(({ path, file_id, from, bytes }) => `${file_id ?? path} ${from}+${bytes}`).toSorted()
}

interface Sent {
  readonly filename: string
  readonly file_id: string
  readonly offset: number
  readonly length: number
}

/** What the topic holds from the message `skip` on, in the same form; `known` are ids of files that had been born before. */
async function kept({ brokers, topic }: TestTopic, skip: number, known: ReadonlySet<string>): Promise<string[]> {
  const ranges = new Map<string, { from: number; bytes: number }>()
  for await (const { offset, value } of readTopic(brokers, topic)) {
    if (offset < skip) continue
    const message = JSON.parse(value.toString()) as Sent
    const name = known.has(message.file_id) ? message.file_id : message.filename
    const { from, bytes } = ranges.get(name) ?? { from: message.offset, bytes: 0 }
    ranges.set(name, { from, bytes: bytes + message.length })
  }
  return [...ranges].map(([name, { from, bytes }]) => `${name} ${from}+${bytes}`).toSorted()
}

async function records({ brokers, topic }: TestTopic): Promise<number> {
  let count = 0
  for await (const record of readTopic(brokers, topic)) count = record.offset + 1
  return count
}

function idsIn(home: Place): Set<string> {
  return new Set(readFileSync(join(home.state, 'births'), 'utf8').match(/(?<="id":")[0-9a-f]{32}/g))
}

/** Name, content and time of everything in the state directory. */
function snapshot(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => `${path} ${statSync(path, { bigint: true }).mtimeNs} ${readFileSync(path, 'base64')}`)
}

async function runOnce(home: Place): Promise<void> {
  const { code, err } = await pannier(home.path, 'run', '--once')
  assert.equal(code, 0, err)
}

test('what explain promises is what run then sends, at the first start and after files were changed, renamed and cut', async (t) => {
  const target = await withTopic(t)
  const home = place(t, kafkaConf(target.brokers, target.topic))
  home.write('grows.log', 'first\n')
  home.write('renamed.log', 'one\ntwo\n')
  home.write('cut.log', 'a line that will be cut away\n')
  home.write('unfinished.log', 'whole\nnot who')
  home.write('partial-only.log', 'nothing whole')
  home.write('empty.log', '')
  home.write('same.log', 'never changes\n')
  linkSync(join(home.logs, 'same.log'), join(home.logs, 'zz-hard.log'))
  symlinkSync('same.log', join(home.logs, 'zz-soft.log'))

  const first = await explained(home)
  assert.equal(existsSync(home.state), false, 'explain made the state directory')
  await runOnce(home)
  assert.deepEqual(promised(first), await kept(target, 0, new Set()))

  const sent = await records(target)
  const known = idsIn(home)
  appendFileSync(join(home.logs, 'grows.log'), 'second\nthird\n')
  appendFileSync(join(home.logs, 'unfinished.log'), 'le now\n')
  appendFileSync(join(home.logs, 'renamed.log'), 'three\n')
  renameSync(join(home.logs, 'renamed.log'), join(home.logs, 'renamed.log.1'))
  home.write('renamed.log', 'the next one\n')
  truncateSync(join(home.logs, 'cut.log'))
  appendFileSync(join(home.logs, 'cut.log'), 'new\n')
  const before = snapshot(home.state)
  const second = await explained(home)
  assert.deepEqual(snapshot(home.state), before, 'explain changed the state')
  assert.match(second.get(join(home.logs, 'renamed.log.1'))?.reason ?? '', /renamed from .*renamed\.log$/)
  assert.match(second.get(join(home.logs, 'cut.log'))?.reason ?? '', /a new file, the former was truncated since/)
  assert.equal(second.get(join(home.logs, 'same.log'))?.verdict, 'settled')
  await runOnce(home)
  assert.deepEqual(promised(second), await kept(target, sent, known))

  const third = await explained(home)
  assert.deepEqual(promised(third), [])
})

test('explain gives a reason for everything that does not ship', async (t) => {
  const home = place(t)
  home.configure(`[basic_conf]
inputpath = ${home.logs}/*;${home.logs}/a.log/x*
regex = .*\\.(log|gz)$
exclude = *secret*
ignore_older = 1d
`)
  home.write('a.log', 'text\n')
  linkSync(join(home.logs, 'a.log'), join(home.logs, 'b.log'))
  home.write('secret.log', 'x\n')
  home.write('notes.txt', 'x\n')
  home.write('packed.log.gz', 'x')
  const old = home.write('old.log', 'x\n')
  utimesSync(old, 1_000_000, 1_000_000)
  execFileSync('mkfifo', [join(home.logs, 'pipe.log')])
  symlinkSync('nowhere', join(home.logs, 'dangling.log'))
  symlinkSync('circle.log', join(home.logs, 'circle.log'))
  mkdirSync(join(home.logs, 'folder.log'))
  home.write('half.log', 'no line end')
  const rows = await explained(home)
  const reasons: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a.log': ['ships', /a new file/],
    'b.log': ['skipped', /a link to the same file as .*a\.log/],
    'secret.log': ['skipped', /excluded by exclude = \*secret\*/],
    'notes.txt': ['skipped', /its name does not match regex/],
    'packed.log.gz': ['skipped', /compressed/],
    'old.log': ['skipped', /not changed for longer than ignore_older/],
    'pipe.log': ['skipped', /FIFO/],
    'dangling.log': ['skipped', /leads nowhere/],
    'circle.log': ['skipped', /ELOOP/],
    'folder.log': ['skipped', /it is a folder/],
    'half.log': ['waits', /its last line is unfinished/],
  }
  for (const [name, [verdict, reason]] of Object.entries(reasons)) {
    const row = rows.get(join(home.logs, name))
    assert.equal(row?.verdict, verdict, `${name}: ${JSON.stringify(row)}`)
    assert.match(row?.reason ?? '', reason)
  }
  assert.equal(rows.size, Object.keys(reasons).length)
})

test('explain without --json is one line for each file and a sum', async (t) => {
  const home = place(t)
  home.write('a.log', 'text\n')
  home.write('evil\nname.log', 'x\n')
  const { code, lines } = await pannier(home.path, 'explain')
  assert.equal(code, 0)
  assert.deepEqual(lines, [
    `ships    ${home.logs}/a.log: 5 bytes from 0; a new file`,
    `ships    ${home.logs}/evil\\x0aname.log: 2 bytes from 0; a new file`,
    '2 files of 2 would ship 7 bytes',
  ])
})

test('explain says what start_at = end leaves out', async (t) => {
  const home = place(t)
  home.configure(`[basic_conf]\ninputpath = ${home.logs}/*.log\nstart_at = end\n`)
  const path = home.write('a.log', 'old\nrest')
  const row = (await explained(home)).get(path)
  assert.deepEqual([row?.verdict, row?.from, row?.waiting], ['waits', 4, 4])
})

test('explain works beside a damaged state and leaves it as it is', async (t) => {
  const home = place(t)
  const path = home.write('a.log', 'text\n')
  mkdirSync(home.state)
  writeFileSync(join(home.state, 'births'), 'garbage\n')
  writeFileSync(join(home.state, 'checkpoint'), Buffer.alloc(100))
  const before = snapshot(home.state)
  const { code, out, err } = await pannier(home.path, 'explain', '--json')
  assert.equal(code, 0)
  assert.match(err, /warning: state file births is damaged .*run puts it aside/)
  assert.equal((JSON.parse(out) as Page).files.find((row) => row.path === path)?.verdict, 'ships')
  assert.deepEqual(snapshot(home.state), before)
})

test('explain and check understand date tokens', async (t) => {
  const home = place(t)
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  home.write(`app-${today}.log`, 'one\n')
  home.write('app-20200101.log', 'old\n')
  const dead = await deadAddress()
  home.configure(`[basic_conf]
inputpath = ${home.logs}/app-{yyyyMMdd}.log;${home.logs}/{yyyy}/{MM}.log
[session_conf]
timezone = UTC
${kafkaConf([dead], 'logs')}`)
  const rows = await explained(home)
  assert.deepEqual(promised(rows), [`${home.logs}/app-${today}.log 0+4`])
  const old = rows.get(`${home.logs}/app-20200101.log`)
  assert.deepEqual([old?.verdict, old?.reason], ['skipped', 'its date is not one that is looked for now'])
  const { lines } = await pannier(home.path, 'check')
  assert.ok(lines.includes(`ok    files ${home.logs}/app-{yyyyMMdd}.log: 1 file matches`), lines.join('\n'))
  assert.ok(lines.some((line) => line.startsWith(`warn  files ${home.logs}/{yyyy}/{MM}.log: no file matches now`)))
})
