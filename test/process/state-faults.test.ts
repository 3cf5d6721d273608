// The state directory of a running agent fails: read-only, full, taken away, unmounted. It ships on where it can, says so once,
// and once the fault is over the state is durable again and nothing was lost.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { committedFiles } from '../../tools/oracle/checkpoint.ts'
import { lineBytes } from '../../tools/oracle/lines.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { type TestTopic, withTopic } from '../kafka/broker.ts'
import { type Agent, type Home, homeOf } from './agent.ts'
import { expectOnce } from './expect.ts'
import { until } from './until.ts'

const count = 500
const newFiles = 30
const mountable = ((): boolean => {
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  return process.platform === 'linux' && process.getuid?.() === 0 && probe.status === 0
})()
const skip = mountable ? false : 'mounting a tmpfs needs root on Linux'

interface Place {
  readonly home: Home
  readonly target: TestTopic
  readonly state: string
  /** Appends `count` lines to the file of this tag. */
  write(tag: string): void
  written(): Record<string, number>
}

async function place(t: TestContext): Promise<Place> {
  const target = await withTopic(t, { partitions: 2 })
  let state = ''
  // Before the folder goes, which has to wait for what is mounted in it.
  t.after(() => skip === false && spawnSync('umount', ['--lazy', state]))
  const kafka = { brokers: target.brokers.join(','), topic: target.topic }
  const home = homeOf(t, { kafka_conf: kafka, shutdown_conf: { shutdown_quiet: '100ms' } })
  const written: Record<string, number> = {}
  const write = (tag: string): void => {
    const from = written[tag] ?? 0
    writeLines({ path: join(home.logs, `${tag}.log`), tag, from, count })
    written[tag] = from + count
  }
  state = join(home.path, 'state')
  return { home, target, state, write, written: () => written }
}

/** The state directory as a file system of its own, of 2 MB. */
function mountState(state: string): void {
  mkdirSync(state, { recursive: true })
  mount('-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'none', state)
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

const untilBorn = (agent: Agent, tag: string): Promise<unknown> =>
  until(`${tag} is born`, () => agent.said('file_born').some(({ path }) => String(path).endsWith(`${tag}.log`)))

const JOURNALS = ['births', 'checkpoint']
const inodeOf = (state: string, name: string): number | null =>
  statSync(join(state, name), { throwIfNoEntry: false })?.ino ?? null

/** Bytes of a file that the agent has read for sure: it has shipped what was written to it. */
async function untilShipped({ target }: Place, lines: number): Promise<void> {
  await until(`${lines} lines are in Kafka`, async () => (await linesIn(target)) >= lines)
}

async function linesIn({ brokers, topic }: TestTopic): Promise<number> {
  let lines = 0
  for await (const { value } of readTopic(brokers, topic)) lines += Number(JSON.parse(value.toString()).lines)
  return lines
}

/** SIGKILL, then the next start: what the state held is what it goes on from. */
async function expectDurable(it: Place, agent: Agent): Promise<void> {
  agent.signal('SIGKILL')
  await agent.ended()
  for (const tag of Object.keys(it.written())) it.write(tag)
  const last = it.home.start('--once')
  assert.equal(await last.ended(), 0, last.words())
  assert.deepEqual(last.said('file_born'), [], 'all files are known')
  await expectOnce(it.target, it.written())
}

const FAULTS: Readonly<Record<string, { begin(state: string): void; end(state: string): void; says: RegExp }>> = {
  'is read-only': {
    // A volume with a file that is being written to cannot be mounted anew; another one over it can.
    begin: (state) => mount('-t', 'tmpfs', '-o', 'ro', 'none', state),
    end: (state) => assert.equal(spawnSync('umount', ['--lazy', state]).status, 0),
    says: /read-only/,
  },
  'is full': {
    begin(state) {
      const { bavail, bsize } = statfsSync(state)
      writeFileSync(join(state, 'filler'), Buffer.alloc(bavail * bsize))
    },
    end: (state) => rmSync(join(state, 'filler')),
    says: /no space is left/,
  },
}

for (const [fault, { begin, end, says }] of Object.entries(FAULTS)) {
  test(`while the state directory ${fault}, known files ship on and new ones wait; later it is durable again`, {
    skip,
  }, async (t) => {
    const it = await place(t)
    mountState(it.state)
    const agent = it.home.start()
    it.write('known')
    await untilShipped(it, count)
    await until('its birth is durable', () => readdirSync(it.state).includes('checkpoint'))
    begin(it.state)
    it.write('known')
    // More than what a full volume has left in its last page.
    for (let index = 0; index < newFiles; index++) it.write(`new${index}`)
    await until('it says so', () => agent.said('state_failed').length > 0)
    await untilShipped(it, 2 * count)
    assert.ok(agent.said('file_born').length < 1 + newFiles, 'new files wait')
    end(it.state)
    await untilBorn(agent, `new${newFiles - 1}`)
    await until('it says that the state is written again', () => agent.said('state_recovered').length > 0)
    await untilShipped(it, (2 + newFiles) * count)
    assert.match(agent.said('state_failed')[0]?.msg ?? '', says)
    assert.equal(agent.said('state_failed').length, 1)
    await untilSettled(it)
    await expectDurable(it, agent)
  })
}

test('an agent that starts on a read-only state directory waits for it, and ships once it may write', {
  skip,
}, async (t) => {
  const it = await place(t)
  mountState(it.state)
  mount('-o', 'remount,ro', it.state)
  it.write('a')
  const agent = it.home.start()
  await until('it says so', () => agent.said('state_failed').length > 0)
  assert.equal(agent.running, true)
  mount('-o', 'remount,rw', it.state)
  await untilBorn(agent, 'a')
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  await expectOnce(it.target, it.written())
})

test('a state directory that is deleted under the agent is written anew, told, and nothing is lost or born twice', async (t) => {
  const it = await place(t)
  const agent = it.home.start()
  it.write('a')
  it.write('b')
  await untilShipped(it, 2 * count)
  await untilSettled(it)
  rmSync(it.state, { recursive: true })
  await until('it says so', () => agent.said('state_rewritten').length >= 2)
  await until('the lock is there again', () => readdirSync(it.state).includes('lock'))
  const second = it.home.start()
  assert.equal(await second.ended(), 3, second.words())
  await expectDurable(it, agent)
})

test('a state directory that is renamed away and comes back is the newer one afterwards, not the older', async (t) => {
  const it = await place(t)
  const agent = it.home.start()
  it.write('a')
  await untilShipped(it, count)
  await untilSettled(it)
  const away = `${it.state}-away`
  renameSync(it.state, away)
  it.write('a')
  await untilShipped(it, 2 * count)
  await until('it says so', () => agent.said('state_rewritten').length > 0)
  // Until both are, what comes back may be a file that the agent never missed.
  await until('both files are written anew', () => JOURNALS.every((name) => inodeOf(it.state, name) !== null))
  rmSync(it.state, { recursive: true })
  renameSync(away, it.state)
  const old = JOURNALS.map((name) => inodeOf(it.state, name))
  it.write('a')
  await untilShipped(it, 3 * count)
  await until('both are written anew again', () =>
    JOURNALS.every((name, index) => ![null, old[index]].includes(inodeOf(it.state, name))),
  )
  await untilSettled(it)
  await expectDurable(it, agent)
})

test('a state directory that is unmounted under the agent and mounted again costs nothing', { skip }, async (t) => {
  const it = await place(t)
  const volume = join(it.home.path, 'volume')
  mkdirSync(volume)
  mkdirSync(it.state)
  mount('--bind', volume, it.state)
  const agent = it.home.start()
  it.write('a')
  await untilShipped(it, count)
  await untilSettled(it)
  assert.equal(spawnSync('umount', ['--lazy', it.state]).status, 0)
  it.write('b')
  await untilShipped(it, 2 * count)
  mount('--bind', volume, it.state)
  it.write('b')
  await untilShipped(it, 3 * count)
  await untilSettled(it)
  await expectDurable(it, agent)
})

/** The checkpoint on disk covers all that was written, so that a kill repeats nothing. */
async function untilSettled(it: Place): Promise<void> {
  const all = Object.values(it.written()).reduce((sum, lines) => sum + lines * lineBytes, 0)
  await until('the checkpoint holds all', () => {
    const offsets = [...committedFiles(it.state).values()].map(({ offset }) => offset)
    return offsets.reduce((sum, offset) => sum + offset, 0) === all
  })
}
