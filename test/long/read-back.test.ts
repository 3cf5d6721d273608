/** `verify` and `restore` of 30 MB and of 300 MB: what they need of memory is the same. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lines } from '../../tools/oracle/lines.ts'
import { program } from '../cli/pannier.ts'
import { withTopic } from '../kafka/broker.ts'
import { type Home, homeOf } from '../process/agent.ts'
import { watchCost } from './process-cost.ts'

const MB = 1_000_000
const FILES = 6
const PIECE_LINES = 10_000
const PATIENCE = 300_000
/** What garbage that is not yet collected may differ by. */
const SLACK_MB = 60

async function shippedHome(t: TestContext, bytes: number): Promise<Home> {
  const { brokers, topic } = await withTopic(t, { partitions: 3 })
  const home = homeOf(t, { kafka_conf: { brokers: brokers.join(), topic } })
  for (let file = 0; file < FILES; file++) {
    for (let written = 0, from = 0; written < bytes / FILES; from += PIECE_LINES) {
      const piece = lines(`f${file}`, from, PIECE_LINES, { invalidEvery: 50_000 })
      await appendFile(join(home.logs, `${file}.log`), piece)
      written += piece.length
    }
  }
  const agent = home.start('--once')
  assert.equal(await agent.ended(PATIENCE), 0, agent.words())
  return home
}

async function peakOf(home: Home, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, [program, ...args], { cwd: home.path, stdio: 'inherit', timeout: PATIENCE })
  const cost = watchCost(child.pid as number)
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  return cost().peakRss
}

async function isSame(a: string, b: string): Promise<boolean> {
  const other = createReadStream(b, { highWaterMark: MB })[Symbol.asyncIterator]()
  for await (const piece of createReadStream(a, { highWaterMark: MB })) {
    const { value } = (await other.next()) as { value?: Buffer }
    if (value === undefined || !value.equals(piece as Buffer)) return false
  }
  return (await other.next()).done === true
}

test('the memory of verify and restore does not grow with the topic', async (t) => {
  const peaks: Record<string, number[]> = { verify: [], restore: [] }
  for (const bytes of [30 * MB, 300 * MB]) {
    const home = await shippedHome(t, bytes)
    const out = join(home.path, 'out')
    peaks['verify']?.push(await peakOf(home, 'verify'))
    peaks['restore']?.push(await peakOf(home, 'restore', '--to', out))
    for (let file = 0; file < FILES; file++) {
      const source = join(home.logs, `${file}.log`)
      assert.ok(await isSame(source, join(out, source)), `${source} is another`)
    }
  }
  for (const [command, [small = 0, large = 0]] of Object.entries(peaks)) {
    t.diagnostic(`${command}: ${Math.round(small)} MB of RSS for 30 MB, ${Math.round(large)} MB for 300 MB`)
    assert.ok(large < small + SLACK_MB, `${command} took ${small} MB for 30 MB and ${large} MB for 300 MB`)
  }
})
