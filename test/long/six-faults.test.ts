// What rotation does to a shipper, fault by fault: four files that grow all the time, the real agent, a real broker.

import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { verdict } from '../../tools/oracle/verdict.ts'
import type { Writer } from '../../tools/oracle/writer.ts'
import { withTopic } from '../kafka/broker.ts'
import { type Agent, type Home, homeOf } from '../process/agent.ts'
import { untilMoreThan } from '../process/expect.ts'
import { startLoad } from '../process/load.ts'
import { until } from '../process/until.ts'

const linesPerSecond = 20_000
/** How often the fault happens in a run, and how long the files grow before each. */
const times = 4
const growFor = 1500
/** A fraction of the interval: what a file gets in it no round sees under its first name. */
const middle = 120
const interval = '1s'

interface Scene {
  readonly home: Home
  readonly writers: Readonly<Record<string, Writer>>
  agent: Agent
}

/** Paths and writers of the four files. */
const files = ({ home, writers }: Scene): [path: string, writer: Writer][] =>
  Object.entries(writers).map(([tag, writer]) => [join(home.logs, `${tag}.log`), writer])

/** logrotate's numbering: .1 is the newest. */
function makeRoom(path: string): void {
  let free = 1
  while (existsSync(`${path}.${free}`)) free++
  for (; free > 1; free--) renameSync(`${path}.${free - 1}`, `${path}.${free}`)
}

function renameAll(scene: Scene): void {
  for (const [path, writer] of files(scene)) {
    makeRoom(path)
    writer.rotate(`${path}.1`)
  }
}

async function twice(scene: Scene): Promise<void> {
  renameAll(scene)
  await delay(middle)
  renameAll(scene)
}

/** Without a gap: the writers live in this thread. */
function copyAndTruncate(scene: Scene): void {
  for (const [path] of files(scene)) {
    makeRoom(path)
    copyFileSync(path, `${path}.1`)
    truncateSync(path)
  }
}

function deleteAll(scene: Scene): void {
  for (const [path, writer] of files(scene)) {
    rmSync(path)
    writer.reopen()
  }
}

let archives = 0
function renameAndCompress(scene: Scene): void {
  for (const [path, writer] of files(scene)) {
    const away = `${path}.${++archives}`
    writer.rotate(away)
    writeFileSync(`${away}.gz`, gzipSync(readFileSync(away), { level: 1 }))
    rmSync(away)
  }
}

const whileStopped =
  (fault: (scene: Scene) => void | Promise<void>) =>
  async (scene: Scene): Promise<void> => {
    scene.agent.signal('SIGTERM')
    assert.equal(await scene.agent.ended(60_000), 0, scene.agent.words())
    await delay(middle)
    await fault(scene)
    await delay(middle)
    const agent = (scene.agent = scene.home.start())
    // Before that a signal ends it as it ends any program.
    await until('it has started', () => agent.said('started').length > 0)
  }

const faults: Readonly<Record<string, (scene: Scene) => void | Promise<void>>> = {
  renamed: renameAll,
  'renamed twice in a row': twice,
  'copied and truncated': copyAndTruncate,
  'renamed twice while the shipper was stopped': whileStopped(twice),
  'deleted while lines were pending': deleteAll,
  'renamed and compressed': renameAndCompress,
  'copied and truncated while the shipper was stopped': whileStopped(copyAndTruncate),
  'renamed and compressed while the shipper was stopped': whileStopped(renameAndCompress),
}

for (const [what, fault] of Object.entries(faults)) {
  test(`four growing files, ${what}: nothing lost, nothing twice`, (t) => grow(t, what, fault))
}

async function grow(t: TestContext, what: string, fault: (scene: Scene) => void | Promise<void>): Promise<void> {
  const target = await withTopic(t)
  const { brokers, topic } = target
  const home = homeOf(t, { basic_conf: { interval }, kafka_conf: { brokers: brokers.join(','), topic } })
  const load = startLoad(t, home.logs, linesPerSecond)
  const scene: Scene = { home, writers: load.writers, agent: home.start() }
  // What is rotated away before its very first start is nobody's.
  await untilMoreThan(files(scene).length - 1, target, scene.agent)
  for (let i = 0; i < times; i++) {
    await delay(growFor)
    await fault(scene)
  }
  await delay(growFor)
  const all = load.stop()
  scene.agent.signal('SIGTERM')
  assert.equal(await scene.agent.ended(60_000), 0, scene.agent.words())
  const found = await verdict(brokers, topic, all)
  const lines = Object.values(all).reduce((sum, one) => sum + one, 0)
  const { lost, duplicated, outOfOrder, unexpected, unreadable, exact } = found
  t.diagnostic(
    `${what} ${times} times, ${readdirSync(home.logs).length} files: ${lost} lost of ${lines}, ` +
      `${duplicated} came twice, ${outOfOrder} out of order`,
  )
  assert.deepEqual(
    { lost, duplicated, unexpected, unreadable, exact },
    { lost: 0, duplicated: 0, unexpected: 0, unreadable: 0, exact: true },
  )
  // What is compressed is looked into before it is read, and its successor does not wait for it.
  if (!what.includes('compressed')) assert.equal(outOfOrder, 0)
}
