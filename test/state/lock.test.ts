import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { acquireLock, type Holder } from '../../src/state/lock.ts'
import type { Clock } from '../../src/support/clock.ts'

const linux = process.platform === 'linux' ? {} : { skip: 'abstract sockets are of Linux' }
const HOLDER = join(import.meta.dirname, 'lock-holder.ts')
const STARTED = '2026-11-20T10:00:00.000Z'
const FOREIGN = { host: 'other-host', pid: 4711, started: STARTED, net: 'net:[1]', boot: 'another-boot', token: 'x' }

async function stateDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pannier-lock-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function startHolder(t: TestContext, dir: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, dir], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => kill(child))
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said) }
}

/** Each test ends its holders before its folder goes: the next folder may get the same inode, and with it the same socket. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** A clock under which waiting costs nothing, and which does something of the test's own at each wait. */
function waitingClock(atWait: (wait: number) => Promise<void> = async () => undefined): Clock & { waits: number } {
  const clock = {
    waits: 0,
    now: () => Date.parse(STARTED),
    monotonic: () => 0,
    wait: async () => {
      clock.waits += 1
      await atWait(clock.waits)
    },
  }
  return clock
}

const take = (dir: string, more: Partial<Parameters<typeof acquireLock>[0]> = {}) =>
  acquireLock({ stateDir: dir, host: 'here', pid: process.pid, ...more })

test('a second agent is refused, and told who holds the state', linux, async (t) => {
  const dir = await stateDir(t)
  const { child, said } = await startHolder(t, dir)
  assert.equal(said, 'held\n')
  const named = new RegExp(`held by another agent \\(host first-host, pid ${child.pid}, since 20..-`)
  await assert.rejects(take(dir), { code: 'STATE_LOCKED', message: named, retriable: false })
  await kill(child)
})

test('a refused agent does no harm to the holder', linux, async (t) => {
  const dir = await stateDir(t)
  const lock = await take(dir)
  const { child, said } = await startHolder(t, dir)
  assert.match(said, new RegExp(`host here, pid ${process.pid}`))
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 3)
  assert.equal(JSON.parse(await readFile(join(dir, 'lock'), 'utf8')).host, 'here')
  await lock.release()
})

test('the number of a deleted folder is not given to another while its lock is held', linux, async (t) => {
  const parent = await stateDir(t)
  const dir = join(parent, 'first')
  await mkdir(dir)
  const { ino } = await stat(dir)
  const first = await take(dir)
  await rm(dir, { recursive: true })
  // A file system that gives the lowest free number gives it to the first of these.
  for (const name of ['second', 'third', 'fourth']) {
    await mkdir(join(parent, name))
    assert.notEqual((await stat(join(parent, name))).ino, ino)
    await (await take(join(parent, name))).release()
  }
  await first.release()
})

test('the same folder by another path is the same state', linux, async (t) => {
  const dir = await stateDir(t)
  const other = `${dir}-link`
  await symlink(dir, other)
  t.after(() => rm(other))
  const lock = await take(dir)
  await assert.rejects(take(other), { code: 'STATE_LOCKED' })
  await lock.release()
})

test('the state of an agent that was killed is taken over at once, without waiting for beats', linux, async (t) => {
  const dir = await stateDir(t)
  const { child } = await startHolder(t, dir)
  await kill(child)
  assert.ok((await readdir(dir)).includes('lock'), 'the dead agent left its heartbeat file')
  const clock = waitingClock()
  const lock = await take(dir, { clock })
  assert.equal(clock.waits, 0)
  await lock.release()
})

test('a clean leave removes the heartbeat file and frees the state', async (t) => {
  const dir = await stateDir(t)
  const first = await take(dir)
  assert.equal((await stat(join(dir, 'lock'))).mode & 0o777, 0o600)
  await first.release()
  assert.deepEqual(await readdir(dir), [])
  const clock = waitingClock()
  const second = await take(dir, { clock })
  assert.equal(clock.waits, 0)
  await second.release()
})

test('the lock does not keep its process alive', linux, async (t) => {
  const dir = await stateDir(t)
  const script = `import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, '../../src/state/lock.ts'))}
    await acquireLock({ stateDir: ${JSON.stringify(dir)}, host: 'h', pid: process.pid })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
})

test('a heartbeat of another system that moves means that the state is held', async (t) => {
  const dir = await stateDir(t)
  const path = join(dir, 'lock')
  await writeFile(path, JSON.stringify(FOREIGN))
  const clock = waitingClock(async (wait) => {
    if (wait === 3) await utimes(path, new Date(), new Date(Date.now() + 5000))
  })
  const named = /host other-host, pid 4711, since 2026-11-20T10:00:00/
  await assert.rejects(take(dir, { clock }), { code: 'STATE_LOCKED', message: named })
  assert.equal(JSON.parse(await readFile(path, 'utf8')).token, 'x')
  await rm(path)
  const lock = await take(dir)
  await lock.release()
})

test('a heartbeat of another system that stands still for three beats is taken over', async (t) => {
  const dir = await stateDir(t)
  await writeFile(join(dir, 'lock'), JSON.stringify(FOREIGN))
  const clock = waitingClock()
  const lock = await take(dir, { clock })
  assert.equal(clock.waits, 4, 'three beats of watching, one to confirm')
  assert.equal(JSON.parse(await readFile(join(dir, 'lock'), 'utf8')).host, 'here')
  assert.deepEqual(await readdir(dir), ['lock'])
  await lock.release()
})

test('a container beside us, and our own host before its reboot, are other systems', linux, async (t) => {
  const own = {
    net: await readlink('/proc/self/ns/net'),
    boot: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
  }
  const waits = async (claim: object): Promise<number> => {
    const dir = await stateDir(t)
    await writeFile(join(dir, 'lock'), JSON.stringify({ ...FOREIGN, ...claim }))
    const clock = waitingClock()
    await (await take(dir, { clock })).release()
    return clock.waits
  }
  assert.equal(await waits({ net: own.net }), 4)
  assert.equal(await waits({ boot: own.boot }), 4)
  assert.equal(await waits({ net: null, boot: null }), 4)
  assert.equal(await waits(own), 0)
})

test('a heartbeat of another system that is older than a minute is not watched', async (t) => {
  const dir = await stateDir(t)
  const path = join(dir, 'lock')
  await writeFile(path, JSON.stringify(FOREIGN))
  await utimes(path, new Date(), new Date(Date.now() - 90_000))
  const clock = waitingClock()
  const lock = await take(dir, { clock })
  assert.equal(clock.waits, 1, 'only to confirm')
  await lock.release()
})

test('of two agents that watched the same dead one, the last to write has the state', async (t) => {
  const dir = await stateDir(t)
  const path = join(dir, 'lock')
  await writeFile(path, JSON.stringify(FOREIGN))
  const clock = waitingClock(async (wait) => {
    if (wait === 4) await writeFile(path, JSON.stringify({ ...FOREIGN, pid: 815, token: 'y' }))
  })
  await assert.rejects(take(dir, { clock }), { code: 'STATE_LOCKED', message: /pid 815/ })
})

test('a heartbeat file that is no claim is watched like one of another system', async (t) => {
  for (const text of ['', '\0\0\0', '{"host"', 'null', '[]']) {
    const dir = await stateDir(t)
    await writeFile(join(dir, 'lock'), text)
    const clock = waitingClock()
    const lock = await take(dir, { clock })
    assert.equal(clock.waits, 4)
    await lock.release()
    assert.deepEqual(await readdir(dir), [])
  }
})

test('the heartbeat moves while the agent runs', async (t) => {
  const dir = await stateDir(t)
  const path = join(dir, 'lock')
  const lock = await take(dir, { beat: 5 })
  await utimes(path, new Date(), new Date(0))
  while ((await stat(path)).mtimeMs === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.ok((await stat(path)).mtimeMs > Date.now() - 60_000)
  await lock.release()
})

test('a heartbeat file removed by hand comes back', async (t) => {
  const dir = await stateDir(t)
  const lock = await take(dir, { beat: 5 })
  await rm(join(dir, 'lock'))
  while (!(await readdir(dir)).includes('lock')) await new Promise((resolve) => setTimeout(resolve, 1))
  await lock.release()
  assert.deepEqual(await readdir(dir), [])
})

test('an agent whose state was taken over is told by whom, and leaves the file of the new holder alone', async (t) => {
  const dir = await stateDir(t)
  const told: Holder[] = []
  const lock = await take(dir, { beat: 5, onLost: (holder) => told.push(holder) })
  await writeFile(join(dir, 'new'), JSON.stringify(FOREIGN))
  await rename(join(dir, 'new'), join(dir, 'lock'))
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await lock.release()
  assert.deepEqual(told, [{ host: 'other-host', pid: 4711, since: STARTED }])
  assert.deepEqual(JSON.parse(await readFile(join(dir, 'lock'), 'utf8')), FOREIGN)
})

test('a state directory that is not there is an error of the folder, not of the lock', async (t) => {
  await assert.rejects(take(join(await stateDir(t), 'absent')), { code: 'STATE_FOLDER', message: /absent/ })
})
