/** One smoke test for everything that is called pannier: dist/main.js, the executable, what an image holds. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { version } from '../../src/version.ts'
import { openJudge } from '../../tools/oracle/judge.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import type { TestTopic } from '../kafka/broker.ts'

const run = promisify(execFile)
const lineCount = 20_000

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** Where it is started. */
  readonly cwd: string
}

/** Nothing of the caller's environment reaches the program. */
async function call(
  { command, args, cwd }: Program,
  rest: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return run(command, [...args, ...rest], { cwd, env: {}, maxBuffer: 64 << 20 })
}

export async function smoke(t: TestContext, program: Program, { brokers, topic }: TestTopic): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pannier-smoke-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await t.test('says its version and what it can do', async () => {
    assert.equal((await call(program, ['-V'])).stdout, `${version}\n`)
    const { stdout, stderr } = await call(program, ['--help'])
    assert.match(stdout, /^Usage: pannier COMMAND/)
    assert.equal(stderr, '')
  })
  await t.test('writes a sample config.ini with init', async () => {
    await call({ ...program, cwd: folder }, ['init'])
    assert.match(await readFile(join(folder, 'config.ini'), 'utf8'), /^\[kafka_conf\]$/m)
  })
  await t.test('prints a file as a message with --once --stdout', () => printsAMessage(program, folder))
  await t.test(`ships ${lineCount} lines to a real broker with --once, each exactly once`, () =>
    shipsToABroker(program, folder, brokers, topic),
  )
}

async function printsAMessage(program: Program, folder: string): Promise<void> {
  const file = join(folder, 'greeting.txt')
  const text = 'hello\n你好\nunfinished'
  await writeFile(file, text)
  const config = await configFile(folder, 'stdout', file, '')
  const { stdout } = await call(program, ['run', '--once', '--stdout', '--config', config])
  const message = JSON.parse(stdout) as Record<string, unknown>
  assert.equal(message['content'], text.slice(0, text.lastIndexOf('\n') + 1))
  assert.deepEqual([message['v'], message['filename'], message['offset'], message['lines']], [1, file, 0, 2])
}

async function shipsToABroker(
  program: Program,
  folder: string,
  brokers: readonly string[],
  topic: string,
): Promise<void> {
  const file = join(folder, 'numbered.log')
  writeLines({ path: file, tag: 'smoke', count: lineCount, invalidEvery: 1000 })
  const kafka = `[kafka_conf]\nbrokers = ${brokers.join(',')}\ntopic = ${topic}\n`
  const config = await configFile(folder, 'kafka', file, kafka)
  const { stderr } = await call(program, ['run', '--once', '--config', config])
  const judge = openJudge()
  try {
    for await (const record of readTopic(brokers, topic)) judge.feed(record)
    const [row] = await judge.report({ smoke: lineCount })
    assert.deepEqual(
      { ...row },
      {
        tag: 'smoke',
        expected: lineCount,
        seen: lineCount,
        lost: 0,
        duplicated: 0,
        outOfOrder: 0,
        unexpected: 0,
        exact: true,
      },
      stderr,
    )
    assert.notEqual(await judge.identicalTo(file), null, 'the file rebuilt from the topic is not the file')
  } finally {
    await judge.close()
  }
  assert.match(await readFile(join(folder, 'state-kafka', 'checkpoint'), 'latin1'), /numbered\.log/)
}

async function configFile(folder: string, name: string, file: string, kafka: string): Promise<string> {
  const config = join(folder, `${name}.ini`)
  await writeFile(config, `[basic_conf]\ninputpath = ${file}\nstate_dir = ${join(folder, `state-${name}`)}\n${kafka}`)
  return config
}
