import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTopic, topicConfig, topicPartitions } from '../../tools/kafka/admin.ts'
import { kafkaClient } from '../../tools/kafka/client.ts'
import { startKafka, startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { isAlive, until, whyNoOwnKafka } from './own-kafka.ts'

const skip = await whyNoOwnKafka()
const starter = fileURLToPath(new URL('../../tools/kafka/main.ts', import.meta.url))

/** Our folders are made here, so that the test sees all of them and no others. */
const folder = mkdtempSync(join(tmpdir(), 'pannier-test-'))
process.env['TMPDIR'] = folder
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

test('a broker keeps its address and its data over a kill, and leaves nothing behind', { skip }, async (t) => {
  const cluster = await startOwnKafka({ settings: { 'message.max.bytes': '2000000' } })
  t.after(() => cluster.stop())
  const [node] = cluster.nodes
  assert.ok(node?.pid)
  await createTopic(cluster.brokers, 'kept', { partitions: 2, configs: { 'retention.ms': '12345678' } })
  await produce(cluster.brokers, 'kept', ['one', 'two'])

  const { pid } = node
  await node.kill('SIGKILL')
  assert.equal(isAlive(pid), false)
  assert.equal(node.pid, null)
  await node.start()

  assert.equal(node.address, cluster.brokers[0])
  await produce(cluster.brokers, 'kept', ['three'])
  assert.deepEqual(await values(cluster.brokers, 'kept'), ['one', 'two', 'three'])
  const config = await topicConfig(cluster.brokers, 'kept')
  assert.equal(config['retention.ms'], '12345678')
  assert.equal(config['max.message.bytes'], '2000000')

  const last = node.pid ?? 0
  await cluster.stop()
  assert.equal(isAlive(last), false)
  assert.deepEqual(ours(), [])
})

test('a frozen broker goes on where it was', { skip }, async (t) => {
  const cluster = await startOwnKafka()
  t.after(() => cluster.stop())
  const [node] = cluster.nodes
  assert.ok(node)
  await createTopic(cluster.brokers, 'frozen')
  await node.kill('SIGSTOP')
  const produced = produce(cluster.brokers, 'frozen', ['late'])
  await node.kill('SIGCONT')
  await produced
  assert.deepEqual(await values(cluster.brokers, 'frozen'), ['late'])
})

test('three nodes hold three copies and bear the loss of one', { skip }, async (t) => {
  const cluster = await startOwnKafka({ nodes: 3 })
  t.after(() => cluster.stop())
  assert.equal(cluster.brokers.length, 3)
  await createTopic(cluster.brokers, 'three', { partitions: 1 })
  const [partition] = await topicPartitions(cluster.brokers, 'three')
  assert.deepEqual(partition?.inSync.toSorted(), [1, 2, 3])
  assert.equal((await topicConfig(cluster.brokers, 'three'))['min.insync.replicas'], '2')
  await cluster.nodes.find(({ id }) => id === partition?.leader)?.kill('SIGKILL')
  await produce(cluster.brokers, 'three', ['survives'])
  assert.deepEqual(await values(cluster.brokers, 'three'), ['survives'])
})

test('the broker and its folder go when the starter is killed', { skip }, async () => {
  const env = { ...process.env, KAFKA_BROKERS: '' }
  const child = spawn(process.execPath, ['--import', 'tsx', starter], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [address] = await once(child.stdout, 'data')
  assert.match(String(address), /^127\.0\.0\.1:\d+\n$/)
  const pids = pidsIn(folder)
  assert.ok(pids.length > 0 && pids.every(isAlive))
  child.kill('SIGKILL')
  await until('the broker is gone', () => !pids.some(isAlive))
  await until('the folder is gone', () => ours().length === 0)
})

test('a broker that cannot start says why in its own words', { skip }, async () => {
  const settings = { 'log.segment.bytes': 'many' }
  await assert.rejects(startOwnKafka({ settings }), /log\.segment\.bytes/)
  assert.deepEqual(ours(), [])
})

test('a given broker is used as it is and never stopped', async (t) => {
  const before = process.env['KAFKA_BROKERS']
  t.after(() => {
    if (before === undefined) delete process.env['KAFKA_BROKERS']
    else process.env['KAFKA_BROKERS'] = before
  })
  process.env['KAFKA_BROKERS'] = 'one:9092, two:9092'
  const cluster = await startKafka()
  assert.deepEqual([cluster.kind, cluster.brokers, cluster.nodes], ['given', ['one:9092', 'two:9092'], []])
  await cluster.stop()
})

function ours(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('pannier-'))
}

async function produce(brokers: string[], topic: string, texts: string[]): Promise<void> {
  const producer = kafkaClient(brokers).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  await producer.send({ topic, messages: texts.map((value) => ({ value, partition: 0 })) })
  await producer.disconnect()
}

async function values(brokers: string[], topic: string): Promise<string[]> {
  const found: string[] = []
  for await (const { value } of readTopic(brokers, topic)) found.push(value.toString())
  return found
}

function pidsIn(root: string): number[] {
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.pid'))
    .map((name) => Number(readFileSync(join(root, name), 'utf8')))
}
