/** No Docker engine is needed: the Dockerfile's own steps are taken in a folder, and what comes out runs as process 1. */

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { openJudge } from '../../../tools/oracle/judge.ts'
import { readTopic } from '../../../tools/oracle/read-topic.ts'
import { writeLines } from '../../../tools/oracle/writer.ts'
import { top } from '../../../tools/package/bundle.ts'
import { withTopic } from '../../kafka/broker.ts'
import { copiesOf, isSent, type Stage, stagesOf } from '../dockerfile.ts'
import { smoke } from '../smoke.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'pannier-image-'))
const image = join(folder, 'image')
after(() => rmSync(folder, { recursive: true, force: true }))

before(async () => {
  const ignore = readFileSync(join(top, '.dockerignore'), 'utf8')
  const stages = stagesOf(readFileSync(join(top, 'Dockerfile'), 'utf8'))
  for (const [index, stage] of stages.entries()) {
    const root = index === stages.length - 1 ? image : join(folder, stage.name ?? String(index))
    await takeSteps(stage, root, ignore)
  }
})

async function takeSteps(stage: Stage, root: string, ignore: string): Promise<void> {
  let workdir = '/'
  for (const instruction of stage.instructions) {
    const { word, rest } = instruction
    if (word === 'WORKDIR') workdir = rest
    mkdirSync(join(root, workdir), { recursive: true })
    if (word === 'COPY') {
      for (const copy of copiesOf({ ...stage, instructions: [instruction] })) copyAll(copy, join(root, workdir), ignore)
    }
    // The others make folders and give them away, which only root can.
    if (word === 'RUN' && rest.startsWith('npm ')) await npm(rest.split(' ').slice(1), join(root, workdir))
  }
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  await run('npm', args, { cwd }).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`npm ${args.join(' ')}:\n${error.stdout}${error.stderr.slice(0, 4000)}`)
  })
}

function copyAll({ from, sources, target }: ReturnType<typeof copiesOf>[number], into: string, ignore: string): void {
  for (const source of sources) {
    const origin = from === null ? join(top, source) : join(folder, from, source)
    const goal = target.endsWith('/') ? join(into, target, source) : join(into, target)
    mkdirSync(dirname(goal), { recursive: true })
    const filter = (path: string): boolean => from !== null || isSent(path.slice(top.length), ignore)
    cpSync(origin, goal, { recursive: true, verbatimSymlinks: true, filter })
  }
}

test('the image passes the smoke test, and holds nothing of the tools that built it', async (t) => {
  for (const name of ['node_modules', 'src', 'tools']) assert.equal(existsSync(join(image, 'app', name)), false, name)
  await smoke(t, { command: process.execPath, args: [join(image, 'app/dist/main.js')], cwd: image }, await withTopic(t))
})

const alone = ['--fork', '--pid', '--mount-proc', '--kill-child']

function whyNoNamespace(): string | false {
  try {
    execFileSync('unshare', [...alone, 'true'], { stdio: 'pipe' })
    return false
  } catch (error) {
    return `no process can be made process 1 here: ${error instanceof Error ? error.message : String(error)}`
  }
}

test('as process 1 it is healthy, and leaves with 0 on SIGTERM with everything shipped', {
  skip: whyNoNamespace(),
}, async (t) => {
  const { brokers, topic } = await withTopic(t)
  const log = join(folder, 'app.log')
  const count = 5000
  writeLines({ path: log, tag: 'image', count })
  const config = join(folder, 'config.ini')
  writeFileSync(
    config,
    `[basic_conf]\ninputpath = ${log}\n[kafka_conf]\nbrokers = ${brokers.join(',')}\ntopic = ${topic}\n`,
  )
  const env = { PATH: process.env['PATH'], PANNIER_BASIC_CONF_STATE_DIR: join(folder, 'state') }
  const program = [process.execPath, join(image, 'app/dist/main.js'), 'run', '--config', config]
  const outer = spawn('unshare', [...alone, ...program], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  t.after(() => outer.kill('SIGKILL'))
  const pid = await childOf(outer)
  const probe = () => run(process.execPath, [join(image, 'app/deploy/healthcheck.mjs')], { env })
  await until(() =>
    probe().then(
      () => true,
      () => false,
    ),
  )
  assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^NSpid:\s.*\s1$/m)
  writeLines({ path: log, tag: 'image', from: count, count })
  process.kill(pid, 'SIGTERM')
  assert.deepEqual(await once(outer, 'exit'), [0, null])
  await assert.rejects(probe(), { code: 1 })
  const judge = openJudge()
  t.after(() => judge.close())
  for await (const record of readTopic(brokers, topic)) judge.feed(record)
  const [row] = await judge.report({ image: 2 * count })
  assert.deepEqual([row?.lost, row?.duplicated, row?.exact], [0, 0, true])
})

/** The process that is number 1 inside; what is sent to `unshare` itself would not reach it. */
async function childOf(outer: ChildProcess): Promise<number> {
  const file = `/proc/${outer.pid}/task/${outer.pid}/children`
  await until(() => Promise.resolve(readFileSync(file, 'utf8').trim() !== ''))
  return Number(readFileSync(file, 'utf8').trim())
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isTrue())) {
    assert.ok(Date.now() < deadline, 'still waiting after 20 s')
    await delay(50)
  }
}
