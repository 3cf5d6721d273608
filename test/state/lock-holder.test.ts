import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { acquireLock } from '../../src/state/lock.ts'
import { holderOf } from '../../src/state/lock-holder.ts'
import { type Clock, systemClock } from '../../src/support/clock.ts'

function folderOf(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'pannier-holder-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Each wait is over at once, after `meanwhile`. */
const hurried = (meanwhile: () => void): Clock => ({ ...systemClock, wait: async () => meanwhile() })

const claim = (net: string, started: string): string =>
  `${JSON.stringify({ host: 'elsewhere', pid: 7, started, net, boot: 'another', token: 't' })}\n`

test('the holder is named while it holds, and asking takes nothing from it', async (t) => {
  const path = folderOf(t)
  assert.equal(await holderOf(path, systemClock), null)
  const lock = await acquireLock({ stateDir: path, host: 'here', pid: 4711 })
  const holder = await holderOf(path, systemClock)
  assert.ok(holder !== null && holder !== 'unnamed')
  assert.deepEqual([holder.host, holder.pid], ['here', 4711])
  await assert.rejects(acquireLock({ stateDir: path, host: 'here', pid: 4712 }), /held by another agent/)
  await lock.release()
  assert.equal(await holderOf(path, systemClock), null)
  assert.deepEqual(readdirSync(path), [])
})

test('a claim of another system holds while its heartbeat moves, and no longer', async (t) => {
  const path = folderOf(t)
  const file = join(path, 'lock')
  writeFileSync(file, claim('net:[1]', 'a'))
  let looks = 0
  const dead = await holderOf(
    path,
    hurried(() => void looks++),
  )
  assert.equal(dead, null)
  assert.ok(looks > 1)
  const alive = await holderOf(
    path,
    hurried(() => writeFileSync(file, claim('net:[1]', 'b'))),
  )
  assert.deepEqual(alive, { host: 'elsewhere', pid: 7, since: 'a' })
})
