// The one seam in kafkajs: a produce request whose records are already laid out goes to the socket as they are, instead of
// being built from objects and copied five times. kafkajs still does metadata, connections, versions, responses and errors.
//
// Two halves. `produce` of its broker class writes the request's head only, with a token where the records belong; the
// socket's `write` (sockets are ours, by kafkajs' public socketFactory) finds the token and sends the region in its place.

import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import kafkajs from 'kafkajs/package.json' with { type: 'json' }
import Broker, { type ProduceArguments, type ProtocolRequest } from 'kafkajs/src/broker/index.js'
import Encoder from 'kafkajs/src/protocol/encoder.js'
import { putBatchHead } from './batch-head.ts'
import type { Crc32c } from './crc32c.ts'
import { noteQuota, unmuted } from './quota.ts'
import { isRegionMessage, type Region } from './region.ts'

/** Versions 3 to 7 of Produce share one request layout; 8 is beyond kafkajs 2.2.4. */
const VERSIONS = { first: 3, last: 7 }
const MAGIC = randomBytes(12)
const TOKEN_LENGTH = MAGIC.length + 4

const GIVEN_UP = 'a produce request whose sender gave it up'

const waiting = new Map<number, Region>()
let tokens = 0
let installed = false

/** The seam was written for this version's insides; with any other, kafkajs' own encoder is used. */
const KNOWN_VERSION = '2.2.4'

/** Whether kafkajs is as the seam expects it. */
export function seamFits(): boolean {
  return (
    kafkajs.version === KNOWN_VERSION &&
    typeof Broker.prototype.produce === 'function' &&
    typeof Encoder.prototype.writeBuffer === 'function'
  )
}

/** Teaches kafkajs' broker class about regions. Idempotent. */
export function installSeam(crc32c: Crc32c): void {
  if (installed) return
  installed = true
  const produce = Broker.prototype.produce
  Broker.prototype.produce = function seam(this: Broker, args: ProduceArguments) {
    const partition = args.topicData[0]?.partitions[0]
    const message = partition?.messages[0]
    if (partition === undefined || !isRegionMessage(message)) return produce.call(this, args)
    return produceRegion(this, produce, args, message.region, crc32c)
  }
}

async function produceRegion(
  broker: Broker,
  produce: Broker['produce'],
  args: ProduceArguments,
  region: Region,
  crc32c: Crc32c,
): Promise<unknown> {
  const { batch } = region
  await unmuted(broker, region)
  // kafkajs may come here long after our deadline, when the slab is another batch's.
  if (region.over) throw new Error(GIVEN_UP)
  putBatchHead(batch.slab.bytes, batch.end, headFacts(args, region), crc32c)
  const token = ++tokens
  waiting.set(token, region)
  // The same broker, but for the request it looks up: that one encodes a head and a token instead of the messages.
  const seamed = Object.create(broker, {
    lookupRequest: {
      value: (key: number, definitions: unknown) => (options: object) =>
        withHeadOnly(broker.lookupRequest(key, definitions)(options), args, region, token),
    },
  }) as Broker
  try {
    const answer = await produce.call(seamed, args)
    noteQuota(broker, answer)
    return answer
  } catch (error) {
    region.failure = error
    throw error
  } finally {
    waiting.delete(token)
  }
}

function headFacts(args: ProduceArguments, { batch }: Region): Parameters<typeof putBatchHead>[2] {
  return {
    records: batch.records,
    timestamp: batch.timestamp,
    producerId: BigInt((args.producerId ?? -1).toString()),
    producerEpoch: args.producerEpoch ?? 0,
    firstSequence: args.topicData[0]?.partitions[0]?.firstSequence ?? 0,
    codec: batch.codec,
    transactional: typeof args.transactionalId === 'string',
  }
}

function withHeadOnly(
  protocol: ProtocolRequest,
  args: ProduceArguments,
  region: Region,
  token: number,
): ProtocolRequest {
  const { apiVersion } = protocol.request
  if (apiVersion < VERSIONS.first || apiVersion > VERSIONS.last) {
    throw new RangeError(`Produce version ${apiVersion} has another layout than ${VERSIONS.first} to ${VERSIONS.last}`)
  }
  return {
    ...protocol,
    request: { ...protocol.request, encode: async () => requestHead(args, region.batch.end, token) },
  }
}

function requestHead(args: ProduceArguments, length: number, token: number): Encoder {
  const { topic, partitions } = args.topicData[0] as ProduceArguments['topicData'][number]
  const mark = Buffer.alloc(TOKEN_LENGTH)
  MAGIC.copy(mark)
  mark.writeUInt32BE(token, MAGIC.length)
  return new Encoder()
    .writeString(args.transactionalId ?? null)
    .writeInt16(args.acks)
    .writeInt32(args.timeout)
    .writeInt32(1)
    .writeString(topic)
    .writeInt32(1)
    .writeInt32(partitions[0]?.partition ?? 0)
    .writeInt32(length)
    .writeBuffer(mark)
}

/** Lets a socket put regions in the place of their tokens. */
export function teachSocket(socket: Socket): void {
  const write = socket.write.bind(socket) as (data: Uint8Array | string, ...rest: unknown[]) => boolean
  socket.write = (data: Uint8Array | string, ...rest: unknown[]) => {
    const token = tokenIn(data)
    if (token === null) return write(data, ...rest)
    const region = waiting.get(token)
    if (region !== undefined && !region.over) return writeRegion(socket, write, data as Buffer, region)
    // A head without its body must not reach the wire. Not thrown: kafkajs calls this from timers, too.
    socket.destroy(new Error(GIVEN_UP))
    return false
  }
}

function writeRegion(socket: Socket, write: (data: Uint8Array) => boolean, data: Buffer, region: Region): boolean {
  const head = data.subarray(0, data.length - TOKEN_LENGTH)
  const { bytes } = region
  head.writeInt32BE(head.length - 4 + bytes.length, 0)
  region.writtenTo(socket)
  socket.cork()
  write(head)
  const flowing = write(bytes)
  socket.uncork()
  return flowing
}

function tokenIn(data: Uint8Array | string): number | null {
  if (!Buffer.isBuffer(data) || data.length < TOKEN_LENGTH) return null
  const mark = data.subarray(data.length - TOKEN_LENGTH)
  return mark.subarray(0, MAGIC.length).equals(MAGIC) ? mark.readUInt32BE(MAGIC.length) : null
}
