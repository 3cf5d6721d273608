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
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { EXIT, type Io } from '../../src/cli/io.ts'
import { rewind } from '../../src/cli/rewind.ts'
import type { FileStatus } from '../../src/cli/status-files.ts'
import { type Range, takeNew } from '../../tools/oracle/ranges.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { withTopic } from '../kafka/broker.ts'
import { until } from '../process/until.ts'
import { type Ended, kafkaConf, type Place, pannier, place, program } from './pannier.ts'

interface Message {
  readonly file_id: string
  readonly filename: string
  readonly offset: number
  readonly length: number
  readonly content: string
}

async function ship(home: Place): Promise<Message[]> {
  const { code, lines, err } = await pannier(home.path, 'run', '--once', '--stdout')
  assert.equal(code, 0, err)
  return lines.map((line) => JSON.parse(line) as Message)
}

const rewindIn = (home: Place, ...args: string[]): Promise<Ended> => pannier(home.path, 'rewind', ...args, '--stdout')

async function statusOf(home: Place): Promise<readonly FileStatus[]> {
  const { code, out, err } = await pannier(home.path, 'status', '--json', '--stdout')
  assert.equal(code, 0, err)
  return (JSON.parse(out) as { files: FileStatus[] }).files
}

/** Name, content and time of everything in the state directory but the lock. */
function snapshot(home: Place): string[] {
  const names = readdirSync(home.state, { recursive: true, encoding: 'utf8' }).map((name) => join(home.state, name))
  const files = names.filter((path) => statSync(path).isFile() && !path.endsWith('/lock'))
  return files.map((path) => `${path} ${statSync(path, { bigint: true }).mtimeNs} ${readFileSync(path, 'base64')}`)
}

const TEXT = 'one\ntwo\nthree\n'

async function shippedHome(t: TestContext): Promise<Place & { file: string; id: string }> {
  const home = place(t)
  const file = home.write('a.log', TEXT)
  const [message] = await ship(home)
  return { ...home, file, id: message?.file_id ?? '' }
}

test('a rewind is only shown until it is said to be meant, and then ships under a new file id', async (t) => {
  const home = await shippedHome(t)
  const before = snapshot(home)
  const shown = await rewindIn(home, home.file, '--offset', '4')
  assert.equal(shown.code, 0)
  assert.deepEqual(shown.lines, [
    `file    ${home.file}`,
    `id      ${home.id}, living, 14 of 14 bytes committed`,
    'rewind  from 14 to 4: 10 bytes will be sent again',
    'as      a new file id: consumers take all of it for new',
    `nothing was written; to do it: pannier rewind ${home.id} --offset 4 --stdout --yes`,
  ])
  assert.deepEqual(snapshot(home), before)
  const done = await rewindIn(home, home.file, '--offset', '4', '--yes')
  assert.equal(done.code, 0, done.err)
  const id = /done {4}file id ([0-9a-f]{32})/.exec(done.out)?.[1]
  const [message, ...others] = await ship(home)
  assert.equal(others.length, 0)
  assert.deepEqual(
    [message?.file_id, message?.filename, message?.offset, message?.content],
    [id, home.file, 4, 'two\nthree\n'],
  )
  const files = await statusOf(home)
  const [old, fresh] = [home.id, id].map((wanted) => files.find(({ file_id }) => file_id === wanted))
  assert.deepEqual([old?.state, old?.shipped, old?.size_seen, old?.abandoned], ['ended', 14, 14, 0])
  assert.deepEqual([fresh?.state, fresh?.shipped, fresh?.filtered], ['living', 10, 4])
  assert.deepEqual(await ship(home), [])
})

test('with --same-id the same ranges are sent again under the same file id, and the accounts add up all the while', async (t) => {
  const home = await shippedHome(t)
  assert.equal((await rewindIn(home, home.id.slice(0, 8), '--to-start', '--same-id', '--yes')).code, 0)
  const [back] = await statusOf(home)
  assert.deepEqual([back?.committed, back?.shipped, back?.pending, back?.lag], [0, 0, 14, 14])
  appendFileSync(home.file, 'four\n')
  const messages = await ship(home)
  assert.deepEqual(
    messages.map(({ file_id, offset, length }) => [file_id, offset, length]),
    [[home.id, 0, 19]],
  )
  const [after] = await statusOf(home)
  assert.deepEqual([after?.committed, after?.shipped], [19, 19])
})

test('the middle of a line is warned of, with where the line begins', async (t) => {
  const home = await shippedHome(t)
  const { out } = await rewindIn(home, home.file, '--offset', '6')
  assert.match(out, /\nwarning: 6 is in the middle of a line, which begins at 4\n/)
  assert.doesNotMatch((await rewindIn(home, home.file, '--offset', '8')).out, /warning/)
})

test('what cannot be gone back to is refused, and nothing is written', async (t) => {
  const home = await shippedHome(t)
  const other = home.write('gone.log', 'x\n')
  await ship(home)
  rmSync(other)
  appendFileSync(home.file, 'a line that is not shipped yet\n')
  const before = snapshot(home)
  const refused: readonly (readonly [readonly string[], number, RegExp])[] = [
    [
      [home.file, '--offset', '20'],
      2,
      /offset 20 lies beyond the 14 bytes.*\n {2}a rewind goes back; to skip bytes would lose them/,
    ],
    [[other, '--to-start'], 1, /nothing leads to it any more\n {2}where a file was compressed/],
    [[join(home.logs, 'never.log'), '--to-start'], 2, /no file that is known is, or was at its birth, .*never\.log/],
    [[home.file], 2, /it needs one of --offset N and --to-start/],
    [[home.file, '--to-start', '--offset', '3'], 2, /it needs one of/],
    [[home.file, '--offset', '-1'], 2, /--offset -1 is not a number of bytes/],
    [[home.id.slice(0, 3), '--to-start'], 2, /too short for a file id\n {2}give at least 4 digits/],
    [[home.file, '--offset', '1e1'], 2, /--offset 1e1 is not a number of bytes/],
    [['--to-start'], 2, /a FILE is missing/],
    [[home.file, 'b.log', '--to-start'], 2, /unexpected argument "b\.log"/],
  ]
  for (const [args, code, message] of refused) {
    const ended = await rewindIn(home, ...args, '--yes')
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.out}${ended.err}`)
    assert.match(ended.err, message)
  }
  const same = await rewindIn(home, home.file, '--offset', '14', '--yes')
  assert.deepEqual([same.code, /it stands there already/.test(same.out)], [0, true])
  writeFileSync(home.file, 'rewritten, and longer than it was before\n')
  const rewritten = await rewindIn(home, home.file, '--to-start', '--yes')
  assert.deepEqual([rewritten.code, /it was truncated or rewritten/.test(rewritten.err)], [1, true])
  assert.deepEqual(snapshot(home), before)
})

test('a path at which a file is living means that file', async (t) => {
  const home = await shippedHome(t)
  renameSync(home.file, `${home.file}.1`)
  home.write('a.log', 'its successor\n')
  const [successor] = await ship(home)
  const { code, out, err } = await rewindIn(home, home.file, '--to-start')
  assert.equal(code, 0, err)
  assert.ok(out.includes(`\nid      ${successor?.file_id}, living,`), out)
})

test('a file is named as status prints it', async (t) => {
  const home = place(t)
  const path = home.write('a\nb.log', TEXT)
  await ship(home)
  const { code, out, err } = await rewindIn(home, path.replace('\n', '\\x0a'), '--to-start')
  assert.equal(code, 0, err)
  assert.match(out, /rewind {2}from 14 to 0/)
})

test('a path that two files have had, and none has now, is asked about, with their ids', async (t) => {
  const home = await shippedHome(t)
  renameSync(home.file, `${home.file}.1`)
  home.write('a.log', 'its successor\n')
  const messages = await ship(home)
  renameSync(`${home.file}.1`, `${home.file}.2`)
  renameSync(home.file, `${home.file}.1`)
  await ship(home)
  const { code, err } = await rewindIn(home, home.file, '--to-start', '--yes')
  assert.equal(code, 2)
  assert.match(err, /may be one of 2 files; name one by its id:/)
  for (const id of [home.id, messages[0]?.file_id ?? '-']) assert.ok(err.includes(id))
  assert.equal((await rewindIn(home, `${home.file}.2`, '--to-start', '--yes')).code, 0)
  assert.deepEqual(
    (await ship(home)).map(({ filename, content }) => [filename, content]),
    [[home.file, TEXT]],
  )
})

test('while an agent holds the state nothing is rewound', async (t) => {
  const home = await shippedHome(t)
  const child = spawn(process.execPath, [program, 'run', '--stdout'], { cwd: home.path, stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  await until('it holds the state', () => existsSync(join(home.state, 'stdout/lock')))
  for (const yes of [[], ['--yes']]) {
    const { code, out, err } = await rewindIn(home, home.file, '--to-start', ...yes)
    assert.equal(code, EXIT.held, err)
    assert.match(out, /rewind {2}from 14 to 0/)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal((await statusOf(home))[0]?.committed, 14)
})

test('at a terminal only a yes applies it', async (t) => {
  const home = await shippedHome(t)
  let said = ''
  const io = (answer: boolean): Io => ({
    env: {},
    cwd: home.path,
    host: 'here',
    pid: process.pid,
    out: async (text) => void (said += String(text)),
    err: (text) => void (said += text),
    terminal: true,
    outTerminal: true,
    columns: 80,
    ask: async () => answer,
    signals: { stop: new AbortController().signal, listen: () => () => {} },
  })
  const args = [home.file, '--to-start', '--same-id', '--stdout']
  assert.equal(await rewind.run(args, io(false)), 0)
  assert.match(said, /nothing was written/)
  assert.equal((await statusOf(home))[0]?.committed, 14)
  assert.equal(await rewind.run(args, io(true)), 0)
  assert.equal((await statusOf(home))[0]?.committed, 0)
})

test('a hole in what a consumer holds is filled from a real broker, and all else it drops', async (t) => {
  const target = await withTopic(t)
  const home = place(t, kafkaConf(target.brokers, target.topic))
  const text = Array.from({ length: 300 }, (_, i) => `line ${i}\n`).join('')
  const file = home.write('a.log', text)
  const shipIt = async (): Promise<void> => assert.equal((await pannier(home.path, 'run', '--once')).code, 0)
  await shipIt()
  appendFileSync(file, 'the end\n')
  await shipIt()
  const hole = text.indexOf('line 200')
  assert.equal((await pannier(home.path, 'rewind', file, '--offset', String(hole), '--same-id', '--yes')).code, 0)
  await shipIt()
  const verified = await pannier(home.path, 'verify')
  assert.equal(verified.code, 0, verified.out + verified.err)
  const records: Message[] = []
  for await (const { value } of readTopic(target.brokers, target.topic))
    records.push(JSON.parse(value.toString()) as Message)
  const [first] = records
  assert.ok(records.every(({ file_id }) => file_id === first?.file_id))
  const size = statSync(file).size
  assert.equal(
    records.reduce((sum, { length }) => sum + length, 0),
    size + size - hole,
    'from the offset on, all came twice',
  )
  // A consumer that lost what it had of the last third gets it from what came after the rewind.
  const held: Range[] = [[0, hole]]
  const fresh = records.slice(2).flatMap(({ offset, length }) => takeNew(held, offset, offset + length))
  assert.deepEqual(held, [[0, size]])
  assert.deepEqual([fresh[0]?.[0], fresh.at(-1)?.[1]], [hole, size])
  // One that lost nothing takes nothing of it.
  const whole: Range[] = []
  for (const { offset, length } of records.slice(0, 2)) takeNew(whole, offset, offset + length)
  const again = records.slice(2).flatMap(({ offset, length }) => takeNew(whole, offset, offset + length))
  assert.deepEqual(again, [])
})
