/** `npm test [-- FILE… OPTION…]`: one real broker for the files that need it, then Node's own runner, whose word is the last. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import glob from 'fast-glob'
import { startKafka } from './kafka/start-kafka.ts'

/** Long suites with commands of their own. */
const apart = ['test/**/long/**', 'test/kill/**', 'test/sim/**']
/** Files in here share one broker; the others start what they need. */
const onSharedBroker = ['test/cli/', 'test/kafka/', 'test/kill/points', 'test/process/']
/** Ends a test file that hangs; none is meant to come near it. */
const timeout = 300_000
const longTimeout = 1_800_000

/** For brokers that live for seconds: compiling what is hot costs them more than it gives. Measuring wants them as they are. */
const briefJava = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
/** More than the two cores that a small machine has: many files wait for a broker, a lock or an agent most of their time. */
const atOnce = 3

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const files = testFiles(args.filter((arg) => !arg.startsWith('-')))
if (files.length === 0) {
  console.error('no test file matches; a test file is named test/**/*.test.ts')
  process.exit(2)
}
// What measures wants the machine for itself.
const isLong = files.some((file) => file.includes('/long/') || file.startsWith('test/kill/'))
if (!isLong) process.env['JDK_JAVA_OPTIONS'] ??= briefJava
const needsBroker = files.some((file) => onSharedBroker.some((folder) => file.startsWith(folder)))
process.exitCode = needsBroker ? await withBroker() : await run({})

function testFiles(named: readonly string[]): string[] {
  if (named.length === 0) return glob.sync('test/**/*.test.ts', { ignore: apart }).toSorted()
  return named.flatMap((name) => {
    const path = name.replace(/^\.\//, '').replace(/\/$/, '')
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
    const matches = glob.sync(isFolder ? `${path}/**/*.test.ts` : path)
    if (matches.length === 0) throw new Error(`${name} is no test file and no folder with one`)
    return matches
  })
}

async function withBroker(): Promise<number> {
  const cluster = await startKafka()
  console.log(`# Kafka at ${cluster.brokers.join(',')} (${cluster.kind})`)
  try {
    return await run({ KAFKA_BROKERS: cluster.brokers.join(',') })
  } finally {
    await cluster.stop()
  }
}

async function run(env: NodeJS.ProcessEnv): Promise<number> {
  const limits = isLong ? [longTimeout, 1] : [timeout, atOnce]
  const runner = ['--import', 'tsx', '--test', `--test-timeout=${limits[0]}`, `--test-concurrency=${limits[1]}`]
  const child = spawn(process.execPath, [...runner, ...options, ...files], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  // Ctrl-C reaches the child by itself; this process stays to stop the broker after it.
  process.on('SIGINT', () => {})
  process.once('SIGTERM', () => child.kill('SIGTERM'))
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
