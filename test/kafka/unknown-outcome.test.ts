// What the adapter makes of answers that do not come, come late, or come from somebody else than who was asked.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { KafkaBroker } from '../../src/kafka/broker.ts'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { installSeam } from '../../src/kafka/seam.ts'
import { batchOf, batchOfSize, plain } from './batches.ts'
import { authority } from './certificates.ts'
import { type Behaviour, type FakeBroker, startFakeBroker } from './fake-broker.ts'

const TOPIC = 'logs'
const REQUEST_TIMEOUT = 300
const HOUR = 3_600_000
const NOT_LEADER = 6
const TIMED_OUT = 7
const NO_LEADER = 5
const TOO_LARGE = 10
const NOT_ENOUGH_REPLICAS = 19
const NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20
const INVALID_TIMESTAMP = 32
const TOPIC_DENIED = 29
const INVALID_RECORD = 87

before(() => installSeam(loadCrc32c()))

interface Setup {
  readonly fake: FakeBroker
  readonly behaviour: Behaviour
  readonly broker: KafkaBroker
}

async function setUp(t: TestContext, given: Partial<Behaviour> = {}, useSeam = true): Promise<Setup> {
  const behaviour: Behaviour = { topic: TOPIC, partitions: [0], produce: () => ({}), ...given }
  const fake = await startFakeBroker(t, behaviour)
  const settings = { brokers: [fake.address], clientId: 'test', requestTimeout: REQUEST_TIMEOUT }
  const broker = new KafkaBroker({ ...settings, acks: 'all', createTopic: false }, useSeam)
  t.after(() => broker.close())
  return { fake, behaviour, broker }
}

const small = () => batchOf({ topic: TOPIC, messages: [plain('hello')] })

for (const [error, kind] of [
  [0, 'acked'],
  [NOT_ENOUGH_REPLICAS, 'refused'],
  [TOPIC_DENIED, 'refused'],
  [INVALID_TIMESTAMP, 'refused'],
  [TOO_LARGE, 'too_large'],
  [INVALID_RECORD, 'invalid'],
  // The leader that says so may have written the batch before it lost its office, and its successor may hold it.
  [NOT_LEADER, 'unknown'],
  [TIMED_OUT, 'unknown'],
  [NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'unknown'],
] as const) {
  for (const useSeam of [true, false]) {
    // Without the seam nobody tells whether it was the produce request that was denied.
    const expected = !useSeam && error === TOPIC_DENIED ? 'unknown' : kind
    test(`error ${error} ${useSeam ? 'over the seam' : "through kafkajs' encoder"} is ${expected}`, async (t) => {
      const { broker } = await setUp(t, { produce: () => ({ error }) }, useSeam)
      assert.equal((await broker.send(small())).kind, expected)
    })
  }
}

test('a batch for which no answer comes is unknown, not refused', async (t) => {
  const { broker, fake } = await setUp(t, { produce: () => 'silence' })
  assert.equal((await broker.send(small())).kind, 'unknown')
  assert.equal(fake.produced.length, 1)
})

test('a batch whose broker leaves is unknown, also when the metadata that kafkajs asks for then names an error of its own', async (t) => {
  const { broker, behaviour, fake } = await setUp(t, {
    produce: () => {
      behaviour.topicError = TOPIC_DENIED
      return 'close'
    },
  })
  assert.equal((await broker.send(small())).kind, 'unknown')
  assert.equal(fake.produced.length, 1)
})

test('a partition without a leader fails alone, and its batch is refused since no byte of it was sent', async (t) => {
  const { broker, fake } = await setUp(t, { partitions: [0, NO_LEADER] })
  const { topic } = small()
  const outcome = await broker.send(batchOf({ topic, partition: 1, messages: [plain('dead')] }))
  assert.deepEqual(outcome, { kind: 'refused', reason: 'LEADER_NOT_AVAILABLE: the partition has no leader now' })
  assert.equal((await broker.send(small())).kind, 'acked')
  assert.deepEqual(
    fake.produced.map(({ partition }) => partition),
    [0],
  )
})

test('an answer that does not name the partition is no ack, and no request for it is made', async (t) => {
  const { broker, fake } = await setUp(t)
  const outcome = await broker.send(batchOf({ topic: TOPIC, partition: 7, messages: [plain('lost?')] }))
  assert.equal(outcome.kind === 'refused' && outcome.fault?.code, 'PARTITION_MISSING')
  assert.equal(fake.produced.length, 0)
})

test('a partition that the topic did not have yet is found after some tries, by a new client', async (t) => {
  const { broker, behaviour } = await setUp(t)
  const send = () => broker.send(batchOf({ topic: TOPIC, partition: 1, messages: [plain('new')] }))
  assert.equal((await send()).kind, 'refused')
  behaviour.partitions = [0, 0]
  const kinds = [await send(), await send(), await send()].map(({ kind }) => kind)
  assert.equal(kinds.at(-1), 'acked')
})

test('a call that kafkajs never settles has a deadline, and a client on which it happens again and again is replaced', async (t) => {
  // Told to stay quiet for an hour, kafkajs keeps requests in a queue that no timeout looks at.
  const { broker, fake } = await setUp(t, { throttle: (connection) => (connection === 0 ? HOUR : 0) })
  for (let i = 0; i < 3; i++) {
    const outcome = await broker.send(small())
    assert.equal(outcome.kind, 'refused')
    if (i === 0) assert.match('reason' in outcome ? outcome.reason : '', /gave no answer within 600 ms/)
  }
  assert.equal(fake.connections.length, 1)
  assert.equal((await broker.send(small())).kind, 'acked')
  // The client that was given up does not come back for its own purposes.
  assert.equal(fake.connections.length, 2)
})

test('questions about a topic and manifests have a deadline too', async (t) => {
  const { broker } = await setUp(t, { throttle: () => HOUR })
  await assert.rejects(broker.facts(TOPIC), { code: 'KAFKA_DEADLINE', retriable: true })
  await assert.rejects(broker.publish(TOPIC, 'key', Buffer.from('value')), { code: 'KAFKA_DEADLINE' })
})

test('a server that takes connections and says nothing is given up in time', async (t) => {
  const { broker } = await setUp(t, { topic: TOPIC, throttle: () => 0 })
  const { broker: silent } = await silentServer(t)
  const began = performance.now()
  assert.equal((await silent.send(small())).kind, 'refused')
  await assert.rejects(silent.facts(TOPIC), { code: 'KAFKA_UNREACHABLE' })
  assert.ok(performance.now() - began < 10 * REQUEST_TIMEOUT)
  assert.equal((await broker.send(small())).kind, 'acked')
})

test('a request that was given up while it stood in a queue never reaches the wire', async (t) => {
  // Of a quota that a produce request was told of the adapter knows; of this one only kafkajs does.
  const { broker, fake } = await setUp(t, { metadataThrottle: () => 4 * REQUEST_TIMEOUT })
  const batch = batchOf({ topic: TOPIC, messages: [plain('given up')] })
  assert.equal((await broker.send(batch)).kind, 'refused')
  const [socket] = fake.connections
  assert.ok(socket)
  // The queue is worked off when the time is over; what was in it must not be, since its slab is another batch's by now.
  batch.slab.bytes.fill('y')
  await once(socket, 'end')
  assert.equal(fake.produced.length, 0)
})

for (const useSeam of [true, false]) {
  test(`what kafkajs comes to after the deadline ${useSeam ? 'touches no slab' : 'sends no stranger'}`, async (t) => {
    const { broker, fake } = await setUp(t, { throttle: () => 1000 }, useSeam)
    const batch = batchOf({ topic: TOPIC, messages: [plain('in time')] })
    const bytes = batch.slab.bytes
    // Its request for metadata stands in the queue for longer than we wait; then it goes on to produce.
    assert.notEqual((await broker.send(batch)).kind, 'acked')
    bytes.fill('y')
    let tries = 0
    while ((await broker.send(batchOf({ topic: TOPIC, messages: [plain('fence')] }))).kind !== 'acked')
      assert.ok(tries++ < 3)
    assert.ok(bytes.equals(Buffer.alloc(bytes.length, 'y')))
    assert.equal(fake.connections.length, 1)
    for (const { bytes: sent } of fake.produced) assert.ok(!sent.includes('yy'))
    assert.equal(fake.produced.filter((sent) => sent.bytes.includes('in time')).length, useSeam ? 0 : 1)
  })
}

test('a client that was given up opens no connection for what it still has in mind', async (t) => {
  const { broker, fake } = await setUp(t, { metadataThrottle: (connection) => (connection === 0 ? HOUR : 0) })
  for (let i = 0; i < 3; i++) assert.equal((await broker.send(small())).kind, 'refused')
  for (let i = 0; i < 3; i++) assert.equal((await broker.send(small())).kind, 'acked')
  assert.equal(fake.connections.length, 2)
})

test('a partition that fails again and again does not cut off what another one has in flight', async (t) => {
  const { broker, fake } = await setUp(t, { partitions: [0, NO_LEADER], produce: () => 'silence' })
  const healthy = broker.send(small())
  while (fake.produced.length === 0) await setImmediate()
  let ended = false
  fake.connections[0]?.once('end', () => (ended = true))
  for (let i = 0; i < 4; i++) await broker.send(batchOf({ topic: TOPIC, partition: 1, messages: [plain('dead')] }))
  assert.equal(ended, false)
  assert.equal((await healthy).kind, 'unknown')
})

test('no byte of a slab leaves once its send is over, though the broker reads on', async (t) => {
  const { broker, fake } = await setUp(t)
  await assertNoStrangers(broker, fake)
})

test('nor does one over TLS', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const ca = authority(folder, 'our-ca')
  const leaf = ca.issue('broker', { subject: '/CN=broker', names: 'IP:127.0.0.1' })
  const [key, cert] = [leaf.key, leaf.cert].map((file) => readFileSync(file, 'utf8')) as [string, string]
  const behaviour: Behaviour = { topic: TOPIC, partitions: [0], produce: () => ({}) }
  const fake = await startFakeBroker(t, behaviour, { key, cert })
  const ssl = { ca: ca.cert, cert: null, key: null, keyPassword: null, verify: true }
  const settings = { brokers: [fake.address], clientId: 'test', requestTimeout: REQUEST_TIMEOUT }
  const security = { ssl, sasl: null }
  const broker = new KafkaBroker({ ...settings, security, acks: 'all', createTopic: false }, true)
  t.after(() => broker.close())
  await assertNoStrangers(broker, fake)
})

async function assertNoStrangers(broker: KafkaBroker, fake: FakeBroker): Promise<void> {
  assert.equal((await broker.send(small())).kind, 'acked')
  const [socket] = fake.connections
  assert.ok(socket)
  // More than all buffers of the system hold: the rest waits in the slab until the broker reads.
  const batch = batchOfSize(TOPIC, 48 << 20)
  socket.pause()
  const outcome = await broker.send(batch)
  assert.equal(outcome.kind, 'unknown')
  batch.slab.bytes.fill('y')
  let strangers = 0
  socket.on('data', (data: Buffer) => (strangers += data.indexOf('y') < 0 ? 0 : 1))
  socket.resume()
  await Promise.race([once(socket, 'end'), once(socket, 'close')])
  assert.equal(strangers, 0)
  assert.equal(fake.produced.length, 1)
}

async function silentServer(t: TestContext): Promise<{ broker: KafkaBroker }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const settings = { brokers: [`127.0.0.1:${port}`], clientId: 'test', requestTimeout: REQUEST_TIMEOUT }
  const broker = new KafkaBroker({ ...settings, acks: 'all', createTopic: false }, true)
  t.after(() => broker.close())
  return { broker }
}
