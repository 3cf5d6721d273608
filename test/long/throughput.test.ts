import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createTopic } from '../../tools/kafka/admin.ts'
import { guardedFolder } from '../../tools/kafka/guarded-folder.ts'
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
const partitions = 3

const skip = (await javaProblem()) ?? false

// Beside what it is to be measured: `npm run bench`.
for (const format of ['json', 'raw', 'line']) {
  test(`500 MB in 10 files arrive complete, once and in order, as ${format}`, { skip }, async (t) => {
    await ship(t, await prepare(t), format)
  })
}

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

async function ship(t: TestContext, { brokers, dataDir, input }: Place, format: string): Promise<void> {
  const topic = 'lines'
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
}

function tags(): string[] {
  return Array.from({ length: files }, (_, index) => `file${index}`)
}

const inMB = (rate: number): string => `${(rate / 1e6).toFixed(0)} MB/s`
const costText = ({ cpu, peakRss }: Cost): string => `${cpu.toFixed(1)} s of CPU, peak RSS ${peakRss.toFixed(0)} MB`
