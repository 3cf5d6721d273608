import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { createTopic, deleteTopic } from '../../tools/kafka/admin.ts'
import { guardedFolder } from '../../tools/kafka/guarded-folder.ts'
import { kafkaJars } from '../../tools/kafka/jars.ts'
import { javaProblem } from '../../tools/kafka/java-cluster.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { lineBytes } from '../../tools/oracle/lines.ts'
import { batchSizes } from '../../tools/oracle/segments.ts'
import { writeLines } from '../../tools/oracle/writer.ts'
import { homeOf } from '../process/agent.ts'
import { expectOnce } from '../process/expect.ts'
import { type Cost, watchCost } from './process-cost.ts'

const files = 10
const totalBytes = 500_000_000
const linesPerFile = Math.ceil(totalBytes / files / lineBytes)
const bytes = files * linesPerFile * lineBytes
/** Kafka's own default for `max.message.bytes`; it counts the head of the batch. */
const limit = 1_048_588
const recordSize = 900_000
const partitions = 3
const least = 0.5

const execute = promisify(execFile)
const skip = (await javaProblem()) ?? false

test('500 MB in 10 files arrive complete, once and in order, at half the speed of Kafka’s own producer or more', {
  skip,
}, async (t) => {
  const place = await prepare(t)
  const rates = { producer: [] as number[], json: [] as number[] }
  for (const round of [1, 2, 3]) {
    rates.producer.push(await performanceOf(place))
    rates.json.push(await ship(t, place, 'json', `json-${round}`))
  }
  for (const format of ['raw', 'line']) await ship(t, place, format, format)
  const producer = median(rates.producer)
  const json = median(rates.json)
  const ratio = json / producer
  t.diagnostic(
    `medians of 3: ProducerPerformance ${inMB(producer)}, Pannier json ${inMB(json)}, ratio ${ratio.toFixed(2)} ` +
      `(each: ${rates.producer.map(inMB).join(', ')} against ${rates.json.map(inMB).join(', ')})`,
  )
  assert.ok(ratio >= least, `ratio ${ratio}`)
})

interface Place {
  readonly brokers: string[]
  readonly dataDir: string
  readonly input: string
}

async function prepare(t: TestContext): Promise<Place> {
  const folder = guardedFolder('pannier-long-')
  t.after(() => folder.remove())
  const dataDir = join(folder.path, 'data')
  const cluster = await startOwnKafka({ settings: { 'log.dirs': dataDir } })
  t.after(() => cluster.stop())
  const input = join(folder.path, 'input')
  mkdirSync(input)
  for (const tag of tags()) writeLines({ path: join(input, `${tag}.log`), tag, count: linesPerFile })
  return { brokers: cluster.brokers, dataDir, input }
}

/** Bytes per second of what Kafka brings along to measure itself, without the start of its JVM. */
async function performanceOf({ brokers }: Place): Promise<number> {
  const topic = `producer-${Date.now()}`
  await createTopic(brokers, topic, { partitions })
  const records = String(Math.ceil(bytes / recordSize))
  const load = ['--topic', topic, '--num-records', records, '--record-size', String(recordSize), '--throughput', '-1']
  const properties = ['--producer-props', `bootstrap.servers=${brokers.join(',')}`, 'acks=all']
  const program = ['-cp', join(await kafkaJars(), '*'), 'org.apache.kafka.tools.ProducerPerformance']
  const { stdout } = await execute('java', [...program, ...load, ...properties])
  await deleteTopic(brokers, topic)
  const rate = /^\d+ records sent, ([\d.]+) records\/sec/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1]
  assert.ok(rate, stdout)
  return Number(rate) * recordSize
}

/** Bytes per second from the start of the process to its end. */
async function ship(
  t: TestContext,
  { brokers, dataDir, input }: Place,
  format: string,
  topic: string,
): Promise<number> {
  await createTopic(brokers, topic, { partitions })
  const home = homeOf(t, {
    basic_conf: { inputpath: `${input}/*.log` },
    kafka_conf: { brokers: brokers.join(','), topic },
    message_conf: { format },
  })
  const begun = performance.now()
  const agent = home.start('--once')
  const cost = watchCost(agent.pid)
  assert.equal(await agent.ended(300_000), 0, agent.words())
  const rate = bytes / ((performance.now() - begun) / 1000)
  const sizes = batchSizes(dataDir, topic)
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0)
  t.diagnostic(`${format}: ${inMB(rate)}, ${costText(cost())}, ${sizes.length} batches, the largest ${largest} bytes`)
  assert.ok(sizes.length > 0 && largest <= limit, `a batch of ${largest} bytes`)
  assert.deepEqual(
    agent.said().filter(({ level }) => level !== 'info'),
    [],
  )
  await expectOnce({ brokers, topic }, Object.fromEntries(tags().map((tag) => [tag, linesPerFile])))
  await deleteTopic(brokers, topic)
  return rate
}

function tags(): string[] {
  return Array.from({ length: files }, (_, index) => `file${index}`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

const inMB = (rate: number): string => `${(rate / 1e6).toFixed(0)} MB/s`
const costText = ({ cpu, peakRss }: Cost): string => `${cpu.toFixed(1)} s of CPU, peak RSS ${peakRss.toFixed(0)} MB`
