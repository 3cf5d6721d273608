// The seam writes what kafkajs' own encoder would have written, to the byte.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { before, test } from 'node:test'
import fc from 'fast-check'
import KafkajsBroker from 'kafkajs/src/broker/index.js'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { Region } from '../../src/kafka/region.ts'
import { installSeam, seamFits, teachSocket } from '../../src/kafka/seam.ts'
import { messagesOf } from '../../src/message/unpack.ts'
import { batchOf, type Plain } from './batches.ts'
import { kafkajsCrc32c, kafkajsRequest, lookup } from './kafkajs.ts'

const PRODUCE = 0
const versions = [3, 4, 5, 6, 7]

/** Lengths on both sides of where a varint grows by a byte, too. */
const bytes = fc.oneof(
  { weight: 20, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(62, 63, 64, 65, 8190, 8191, 8192, 8193).map((length) => randomBytes(length)),
  },
)
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 70 }), fc.string({ unit: 'grapheme', maxLength: 30 }))
/** An object sorts names made of digits to its front; ours are none. */
const name = text.filter((one) => !/^\d+$/.test(one) && one !== '__proto__')
const message: fc.Arbitrary<Plain> = fc.record({
  key: text,
  value: bytes.map((array) => Buffer.from(array)),
  headers: fc.dictionary(name, text, { maxKeys: 12, noNullPrototype: true }),
})
const topic = fc.stringMatching(/^[a-zA-Z0-9._-]{1,60}$/)
const request = fc.record({
  topic,
  partition: fc.nat(2 ** 31 - 1),
  messages: fc.oneof(
    { weight: 9, arbitrary: fc.array(message, { minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.array(message, { minLength: 60, maxLength: 70 }) },
  ),
  timestamp: fc.integer({ min: 1, max: 4102444800000 }),
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(120_000),
  version: fc.constantFrom(...versions),
  clientId: text,
})

before(() => installSeam(loadCrc32c()))

test('the seam fits the version of kafkajs that is installed', () => {
  assert.equal(seamFits(), true)
})

test('a region reaches the socket as the bytes that the encoder of kafkajs makes of the same messages', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      const batch = batchOf(one)
      const { acks, timeout, partition, timestamp } = one
      const plain = messagesOf(batch).map((made) => ({ ...made, partition, timestamp: String(timestamp) }))
      const args = (messages: readonly object[]) => ({
        acks,
        timeout,
        topicData: [{ topic: one.topic, partitions: [{ partition, firstSequence: 0, messages }] }],
      })
      const region = new Region(batch)
      const ours = await written(one, args([{ value: null, partition, region }]))
      const theirs = await written(one, args(plain))
      assert.deepEqual(ours, theirs)
      assert.equal(region.written, true)
    }),
    { numRuns: 3000 },
  )
})

test('CRC-32C by WebAssembly is the one of kafkajs', () => {
  const crc32c = loadCrc32c()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (some) =>
      assert.equal(crc32c(Buffer.from(some)), kafkajsCrc32c(Buffer.from(some))),
    ),
  )
  // Whole blocks of 32,768 bytes take another way than what is left.
  for (const length of [0, 32_767, 32_768, 32_769, 65_536, 65_551, 900_000]) {
    const long = randomBytes(length)
    assert.equal(crc32c(long), kafkajsCrc32c(long), `${length} bytes`)
  }
})

/** What a produce request of these arguments puts on the wire. */
async function written(one: { version: number; clientId: string }, args: object): Promise<Buffer> {
  const wire: Buffer[] = []
  const socket = {
    write: (data: Buffer) => wire.push(Buffer.from(data)) > 0,
    cork() {},
    uncork() {},
    destroy: (error: Error) => assert.fail(error),
  } as unknown as Socket
  teachSocket(socket)
  const connectionPool = {
    connectionTimeout: 1,
    send: async (protocol: { request: object }) => {
      const encoded = await kafkajsRequest({ ...protocol, correlationId: 7, clientId: one.clientId })
      socket.write(encoded.buffer, 'binary')
    },
  }
  const logger = { namespace: () => logger }
  const broker = new KafkajsBroker({ connectionPool, logger })
  broker.lookupRequest = lookup({ [PRODUCE]: { minVersion: one.version, maxVersion: one.version } })
  await broker.produce(args as Parameters<KafkajsBroker['produce']>[0])
  return Buffer.concat(wire)
}
