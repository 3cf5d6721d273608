/** A server that speaks just enough Kafka (ApiVersions, Metadata, Produce) to misbehave in ways that a real broker cannot be told to. */

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import tls from 'node:tls'

export interface Produced {
  readonly topic: string
  readonly partition: number
  /** The record batch. */
  readonly bytes: Buffer
  /** Number of the connection, from 0. */
  readonly connection: number
}

/** An error code with the milliseconds to stay quiet after it, or no answer at all. */
export type Answer = { readonly error?: number; readonly throttle?: number } | 'silence' | 'close'

export interface Behaviour {
  readonly topic: string
  /** Error code of the topic in answers for metadata. May change while it runs. */
  topicError?: number
  /** Error codes of the partitions in answers for metadata; one with an error has no leader. May change while it runs. */
  partitions: number[]
  /** Asked for each produce request. */
  produce(request: Produced): Answer
  /** Milliseconds to stay quiet after the very first answer on a connection. */
  throttle?(connection: number): number
  /** The same after an answer for metadata of topics. */
  metadataThrottle?(connection: number): number
}

export interface FakeBroker {
  readonly address: string
  readonly connections: readonly Socket[]
  readonly produced: readonly Produced[]
}

const PRODUCE = 0
const METADATA = 3
const API_VERSIONS = 18

/** @param identity PEM texts, for a listener with TLS */
export async function startFakeBroker(
  t: TestContext,
  behaviour: Behaviour,
  identity: { readonly key: string; readonly cert: string } | null = null,
): Promise<FakeBroker> {
  const connections: Socket[] = []
  const produced: Produced[] = []
  const serve = (socket: Socket): void => {
    const connection = connections.push(socket) - 1
    socket.on('error', () => {})
    frames(socket, (frame) => {
      const answer = answerTo(frame, connection)
      if (answer === 'close') socket.end()
      else if (answer !== null) socket.write(answer)
    })
  }
  const options = { allowHalfOpen: true }
  const server = identity === null ? createServer(options, serve) : tls.createServer({ ...options, ...identity }, serve)
  function answerTo(frame: Buffer, connection: number): Buffer | 'close' | null {
    const key = frame.readInt16BE(0)
    const correlation = frame.readInt32BE(4)
    const body = frame.subarray(10 + Math.max(0, frame.readInt16BE(8)))
    if (key === API_VERSIONS) return framed(correlation, apiVersions(behaviour.throttle?.(connection) ?? 0))
    if (key === METADATA) return framed(correlation, metadata(behaviour, port, throttleAfter(body, connection)))
    const request = produceRequest(body, connection)
    produced.push(request)
    const answer = behaviour.produce(request)
    if (answer === 'silence') return null
    if (answer === 'close') return 'close'
    return framed(correlation, produceAnswer(request, answer.error ?? 0, produced.length, answer.throttle ?? 0))
  }
  const throttleAfter = (body: Buffer, connection: number): number =>
    body.readInt32BE(0) > 0 ? (behaviour.metadataThrottle?.(connection) ?? 0) : 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  t.after(() => {
    for (const socket of connections) socket.destroy()
    server.close()
  })
  return { address: `127.0.0.1:${port}`, connections, produced }
}

function frames(socket: Socket, take: (frame: Buffer) => void): void {
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => {
    held = Buffer.concat([held, data])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0)
      take(held.subarray(4, end))
      held = held.subarray(end)
    }
  })
}

/** Version 7: transactional id, acks, timeout, one topic, one partition, its records. */
function produceRequest(body: Buffer, connection: number): Produced {
  let at = 2 + 2 + 4 + 4
  const topic = body.subarray(at + 2, at + 2 + body.readInt16BE(at)).toString()
  at += 2 + topic.length + 4
  const partition = body.readInt32BE(at)
  return { topic, partition, bytes: Buffer.from(body.subarray(at + 8, at + 8 + body.readInt32BE(at + 4))), connection }
}

const int16 = (value: number): Buffer => {
  const out = Buffer.alloc(2)
  out.writeInt16BE(value)
  return out
}
const int32 = (value: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeInt32BE(value)
  return out
}
const int64 = (value: number): Buffer => {
  const out = Buffer.alloc(8)
  out.writeBigInt64BE(BigInt(value))
  return out
}
const string = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)])
const array = (items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])

function framed(correlation: number, body: Buffer): Buffer {
  return Buffer.concat([int32(4 + body.length), int32(correlation), body])
}

function apiVersions(throttle: number): Buffer {
  const spoken = [
    [PRODUCE, 7, 7],
    [METADATA, 6, 6],
    [API_VERSIONS, 2, 2],
  ] as const
  const ranges = spoken.map((range) => Buffer.concat(range.map((value) => int16(value))))
  return Buffer.concat([int16(0), array(ranges), int32(throttle)])
}

function metadata({ topic, topicError = 0, partitions }: Behaviour, port: number, throttle: number): Buffer {
  const broker = Buffer.concat([int32(1), string('127.0.0.1'), int32(port), int16(-1)])
  const states = partitions.map((error, index) => {
    const leader = error === 0 ? 1 : -1
    return Buffer.concat([int16(error), int32(index), int32(leader), array([int32(1)]), array([]), array([])])
  })
  const described = Buffer.concat([int16(topicError), string(topic), Buffer.from([0]), array(states)])
  return Buffer.concat([int32(throttle), array([broker]), int16(-1), int32(1), array([described])])
}

function produceAnswer({ topic, partition }: Produced, error: number, offset: number, throttle: number): Buffer {
  const landed = Buffer.concat([int32(partition), int16(error), int64(error === 0 ? offset : -1), int64(-1), int64(0)])
  return Buffer.concat([array([Buffer.concat([string(topic), array([landed])])]), int32(throttle)])
}
