import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { lettersOf } from '../../src/dead/letters.ts'
import { LetterBox } from '../../src/state/dead-letter-box.ts'
import { scan } from '../../src/state/journal-scan.ts'
import { committedOffsets } from '../../tools/oracle/checkpoint.ts'
import { type Verdict, verdict } from '../../tools/oracle/verdict.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { withTopic } from '../kafka/broker.ts'
import { type Home, homeOf, type Settings } from '../process/agent.ts'
import { until } from '../process/until.ts'
import { burying, type Order, underOrder } from './points.ts'

/** What the killed agent left behind. */
interface Remains {
  /** Files of the state directory and its sub-folders. */
  readonly names: readonly string[]
  /** Bytes by which a file has grown since before; 0 where there is none. */
  grown(name: string): number
  /** What is wrong with a journal; null: nothing. */
  flaw(name: string): string | null
  /** Bytes committed since before. */
  readonly committed: number
}

/** Whether the broker has what was sent, though no checkpoint says so: only then do lines come twice. */
type Expected = (remains: Remains) => 'repeats' | 'repeats nothing'

const unsent = ({ committed }: Remains): 'repeats nothing' => {
  assert.equal(committed, 0)
  return 'repeats nothing'
}
const sent: Expected = (remains) => {
  unsent(remains)
  return 'repeats'
}

/** After a first run that shipped a file, a second file and more lines in the first. */
const points: Readonly<Record<string, Expected>> = {
  'births-before-write': (remains) => {
    assert.equal(remains.grown('births'), 0)
    return unsent(remains)
  },
  'births-half-written': (remains) => {
    assert.equal(remains.flaw('births'), 'torn')
    return unsent(remains)
  },
  'births-before-fsync': born,
  'births-after-fsync': born,
  'send-before': unsent,
  'send-within': unsent,
  'send-after': sent,
  'ack-arrived': sent,
  'ack-heard': sent,
  'checkpoint-before-write': (remains) => {
    assert.equal(remains.grown('checkpoint'), 0)
    return sent(remains)
  },
  'checkpoint-half-written': (remains) => {
    assert.equal(remains.flaw('checkpoint'), 'torn')
    return sent(remains)
  },
  'checkpoint-before-fsync': writtenDown,
  'checkpoint-after-fsync': writtenDown,
}

function born(remains: Remains): 'repeats nothing' {
  assert.ok(remains.grown('births') > 0)
  assert.equal(remains.flaw('births'), null)
  return unsent(remains)
}

function writtenDown(remains: Remains): 'repeats nothing' {
  assert.equal(remains.flaw('checkpoint'), null)
  assert.ok(remains.committed > 0)
  return 'repeats nothing'
}

for (const [point, expected] of Object.entries(points)) {
  test(`${point} kills exactly there`, async (t) => {
    const scene = await prepared(t)
    const after = expected(await scene.killedAt({ point, nth: 1 }))
    const { duplicated } = await scene.shipTheRest()
    assert.equal(duplicated > 0 ? 'repeats' : 'repeats nothing', after)
  })
}

const oneLetter = { message_conf: { max_message_length: '16KiB', long_line: 'dead_letter' } }

for (const point of burying) {
  test(`${point} kills while a long line becomes a dead letter, and it is one afterwards, whole`, async (t) => {
    const scene = await prepared(t, oneLetter)
    const line = Buffer.from(`${'x'.repeat(50_000)}\n`)
    appendFileSync(join(scene.home.logs, 'c.log'), line)
    const remains = await scene.killedAt({ point, nth: 2 })
    assert.equal(remains.flaw('checkpoint'), null)
    await scene.shipTheRest()
    const letters = await LetterBox.open(scene.state)
    assert.ok(letters !== null)
    const [letter, ...more] = lettersOf(letters.kept)
    assert.deepEqual([letter?.whole, letter?.length, more.length], [true, line.length, 0])
    await letters.box.close()
  })
}

const generations: Readonly<Record<string, readonly string[]>> = {
  'generation-before-write': ['checkpoint', 'checkpoint.next'],
  'generation-half-written': ['checkpoint', 'checkpoint.next'],
  'generation-before-fsync': ['checkpoint', 'checkpoint.next'],
  'generation-after-fsync': ['checkpoint', 'checkpoint.next'],
  'generation-before-rename': ['checkpoint.next', 'checkpoint.previous'],
  'generation-between-renames': ['checkpoint.next', 'checkpoint.previous'],
  'generation-after-rename': ['checkpoint', 'checkpoint.previous'],
}

for (const [point, names] of Object.entries(generations)) {
  test(`${point} kills while a generation replaces the torn one`, async (t) => {
    const scene = await prepared(t)
    await scene.killedAt({ point: 'checkpoint-half-written', nth: 1 })
    const remains = await scene.killedAt({ point, nth: 1 })
    assert.deepEqual(
      remains.names.filter((name) => name.startsWith('checkpoint')),
      names,
    )
    await scene.shipTheRest()
  })
}

const manifests: Readonly<Record<string, RegExp | null>> = {
  'manifest-before-write': /\.json\.unfinished$/,
  'manifest-half-written': /\.json\.unfinished$/,
  'manifest-before-fsync': /\.json\.unfinished$/,
  'manifest-after-fsync': /\.json\.unfinished$/,
  'manifest-before-rename': /\.json\.unfinished$/,
  'manifest-after-rename': /\.json$/,
}

for (const [point, name] of Object.entries(manifests)) {
  test(`${point} kills while the manifest of a closed session is written`, async (t) => {
    const scene = await prepared(t)
    endSession(scene.state)
    const remains = await scene.killedAt({ point, nth: 1 })
    const found = remains.names.filter((one) => one.startsWith('manifests/'))
    assert.equal(found.length, 1)
    assert.match(found[0] ?? '', name ?? /$/)
    await scene.shipTheRest()
    const whole = readdirSync(join(scene.state, 'manifests')).filter((one) => one.endsWith('.json'))
    assert.equal(whole.length, 1)
    assert.doesNotThrow(() => JSON.parse(readFileSync(join(scene.state, 'manifests', whole[0] ?? ''), 'utf8')))
  })
}

test('a point that counts from SIGTERM on kills an agent that leaves, and exit kills it when all is done', async (t) => {
  const scene = await prepared(t)
  const remains = await scene.killedAt({ point: 'exit', nth: 1, leaving: true })
  assert.equal(remains.flaw('checkpoint'), null)
  assert.equal((await scene.shipTheRest()).duplicated, 0)
})

interface Prepared {
  readonly home: Home
  readonly state: string
  killedAt(order: Order): Promise<Remains>
  /** Also finds all lines in the topic. */
  shipTheRest(): Promise<Verdict>
}

async function prepared(t: TestContext, more: Settings = {}): Promise<Prepared> {
  const { brokers, topic } = await withTopic(t)
  const home = homeOf(t, {
    // A round lasts until all is acked, so that its checkpoint is the first one that moves.
    basic_conf: { interval: '5s' },
    kafka_conf: { brokers: brokers.join(','), topic },
    shutdown_conf: { shutdown_quiet: '50ms' },
    ...more,
  })
  const state = join(home.path, 'state')
  const [a, b] = [join(home.logs, 'a.log'), join(home.logs, 'b.log')]
  writeLines({ path: a, tag: 'a', count: 10 })
  assert.equal(await home.start('--once').ended(), 0)
  writeLines({ path: a, tag: 'a', from: 10, count: 10 })
  writeLines({ path: b, tag: 'b', count: 10 })
  const sum = (): number => [...committedOffsets(state).values()].reduce((all, one) => all + one, 0)
  const before = {
    sizes: new Map(['births', 'checkpoint'].map((name) => [name, sizeOf(join(state, name))])),
    committed: sum(),
  }
  return {
    home,
    state,
    async shipTheRest() {
      const last = home.start('--once')
      assert.equal(await last.ended(), 0, last.words())
      const found = await verdict(brokers, topic, { a: 20, b: 10 })
      assert.deepEqual([found.lost, found.exact], [0, true])
      return found
    },
    async killedAt(order) {
      const trace = join(home.path, `trace-${order.point}`)
      const agent = home.startBy(underOrder(order, state, trace))
      if (order.leaving) {
        await until('it has committed', () => sum() > before.committed)
        agent.signal('SIGTERM')
      }
      assert.equal(await agent.ended(), 'SIGKILL', agent.words())
      assert.match(readFileSync(trace, 'utf8'), new RegExp(`^kill \\d+ ${order.point}$`, 'm'))
      return {
        names: namesIn(state),
        grown: (name) => sizeOf(join(state, name)) - (before.sizes.get(name) ?? 0),
        flaw: (name) => scan(readFileSync(join(state, name)), `pannier-${name}`).flaw?.kind ?? null,
        committed: sum() - before.committed,
      }
    },
  }
}

/** Makes the open session due, as if the clock had gone on: one more commit at the end of the checkpoint. */
function endSession(state: string): void {
  const path = join(state, 'checkpoint')
  const records = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.slice(9)))
  const { session } = records.findLast((record) => 'session' in record)
  const { commit } = records.at(-1)
  const due = { session: { ...session, current: { ...session.current, due: session.current.opened } } }
  appendFileSync(path, [due, { commit: commit + 1 }].map(sealed).join(''))
}

function sealed(record: unknown): string {
  const json = JSON.stringify(record)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}
