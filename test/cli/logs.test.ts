import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { rollingFile } from '../../src/observe/log-file.ts'
import { until } from '../process/until.ts'
import { pannier, place, program } from './pannier.ts'

const line = (number: number): string =>
  `${JSON.stringify({ level: 'info', time: '2026-11-20T10:00:00.000Z', msg: `line ${number}` })}\n`

interface Following {
  readonly child: ChildProcessWithoutNullStreams
  readonly out: () => string
}

function follow(t: TestContext, cwd: string): Following {
  const child = spawn(process.execPath, [program, 'logs', '--follow'], { cwd })
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  return { child, out: () => out }
}

test('logs prints the log file as it is into a pipe', async (t) => {
  const home = place(t, '[log_conf]\nfile = agent.log\n')
  const text = home.write(join(home.path, 'agent.log'), line(1) + line(2))
  const { code, out } = await pannier(home.path, 'logs')
  assert.equal(code, 0)
  assert.equal(out, readFileSync(text, 'utf8'))
})

test('logs says how to get at the log where log_conf.file is empty, and where the file is not there yet', async (t) => {
  const home = place(t)
  const empty = await pannier(home.path, 'logs')
  assert.equal(empty.code, 1)
  assert.match(
    empty.err,
    /there is no log file: \[log_conf\] file is empty, so the agent logs to stderr\n {2}set \[log_conf\] file/,
  )
  home.configure('[log_conf]\nfile = agent.log\n')
  const absent = await pannier(home.path, 'logs')
  assert.equal(absent.code, 1)
  assert.match(absent.err, /agent\.log cannot be read: it is not there \(ENOENT\)\n {2}start the agent/)
})

test('logs --follow prints every line in order, also across rolls of the file, and ends with 0 at Ctrl-C', async (t) => {
  const home = place(t, '[log_conf]\nfile = agent.log\n')
  const path = join(home.path, 'agent.log')
  home.write(path, line(0))
  const { child, out } = follow(t, home.path)
  await until('the first line is there', () => out().includes(line(0)))
  // Two lines of about 75 bytes each in a file.
  const log = rollingFile(path, 200, 3)
  for (let number = 1; number <= 9; number++) {
    log.write(line(number))
    await until(`line ${number} is there`, () => out().includes(line(number)))
  }
  assert.equal(out(), Array.from({ length: 10 }, (_, number) => line(number)).join(''))
  assert.ok(readFileSync(`${path}.2`, 'utf8').length > 0, 'it was never rolled')
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('logs --follow waits for a file that is not there yet', async (t) => {
  const home = place(t, '[log_conf]\nfile = agent.log\n')
  const { child, out } = follow(t, home.path)
  // Whether the file comes before it looks or after, the line is printed.
  await once(child, 'spawn')
  home.write(join(home.path, 'agent.log'), line(1))
  await until('the line is there', () => out() === line(1))
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('a reader that has seen enough ends the output without a complaint', async (t) => {
  const home = place(t, '[log_conf]\nfile = agent.log\n')
  home.write(join(home.path, 'agent.log'), line(1).repeat(20_000))
  const child = spawn(process.execPath, [program, 'logs'], { cwd: home.path })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdout.once('data', () => child.stdout.destroy())
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.equal(err, '')
})
