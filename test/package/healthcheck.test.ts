import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { acquireLock } from '../../src/state/lock.ts'

const script = fileURLToPath(new URL('../../deploy/healthcheck.mjs', import.meta.url))

async function stateDir(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pannier-health-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The folder is named as in the image, by the environment. */
function check(folder: string): Promise<{ code: number | string; said: string }> {
  return new Promise((resolve) => {
    const env = { PANNIER_BASIC_CONF_STATE_DIR: folder }
    execFile(process.execPath, [script], { env }, (error, said) => resolve({ code: error?.code ?? 0, said }))
  })
}

test('a state directory that an agent holds is healthy, and not any more once it was given back', async (t) => {
  const folder = await stateDir(t)
  const lock = await acquireLock({ stateDir: folder, host: 'h', pid: process.pid })
  const held = await check(folder)
  await lock.release()
  assert.equal(held.code, 0, held.said)
  const left = await check(folder)
  assert.equal(left.code, 1)
  assert.match(left.said, /no agent runs/)
})

test('a lock that was not touched for half a minute is not healthy', async (t) => {
  const folder = await stateDir(t)
  await writeFile(join(folder, 'lock'), '{}')
  const then = new Date(Date.now() - 31_000)
  await utimes(join(folder, 'lock'), then, then)
  const { code, said } = await check(folder)
  assert.equal(code, 1)
  assert.match(said, /3\d\.\d s ago/)
})
