/** Stages 4 and 5 driven as a turn drives them, without files and without Kafka: bytes in, records out. */

import assert from 'node:assert/strict'
import { digestOf, EMPTY, MARK_MAX } from '../../src/files/fingerprint.ts'
import { type Position, START } from '../../src/files/position.ts'
import { advance, type Window } from '../../src/files/read.ts'
import { TrackedFile } from '../../src/files/tracked-file.ts'
import { type Chunk, cut, type Tail } from '../../src/lines/chunk.ts'
import { BATCH_HEAD, type Batch, newBatch, roomIn } from '../../src/message/batch.ts'
import type { FileMeta, Format } from '../../src/message/format.ts'
import { messagesOf } from '../../src/message/unpack.ts'
import { wrap } from '../../src/message/wrap.ts'

export const META: FileMeta = {
  filename: '/var/log/app.log',
  host: 'host-1',
  session: '2026-11-20',
  fileId: '00112233445566778899aabbccddeeff',
  fields: { team: 'ö"\\' },
}

export interface Shipped {
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
  readonly chunk: Chunk
}

export interface ShipOptions {
  readonly format: Format
  /** Bytes of a whole batch. */
  readonly limit: number
  /** Sizes that the file has one after the other; at the last one its end is final. */
  readonly sizes?: readonly number[]
  /** Bytes in the batch that other files put there before each piece: of the room that is left. */
  readonly others?: number
  readonly start?: Position
}

/** What becomes of `bytes`. Fails when a batch exceeds its limit or nothing moves though there is room. */
export function ship(
  bytes: Buffer,
  { format, limit, sizes = [bytes.length], others = 0, start = START }: ShipOptions,
): Shipped[] {
  const shipped: Shipped[] = []
  let position = start
  for (const [index, size] of sizes.entries()) {
    const final = index === sizes.length - 1
    for (let pieces = 0; ; pieces++) {
      assert.ok(pieces < 100_000, 'no end of pieces')
      const next = shipPiece(bytes.subarray(0, size), position, final ? 'partial' : 'wait', { format, limit, others })
      if (next === null) break
      shipped.push(...next.records)
      position = next.chunk.after
    }
  }
  return shipped
}

function shipPiece(
  bytes: Buffer,
  position: Position,
  tail: Tail,
  { format, limit, others }: { format: Format; limit: number; others: number },
): { chunk: Chunk; records: Shipped[] } | null {
  const from = position.offset - position.mark.length
  const window: Window = {
    bytes: bytes.subarray(from, from + limit + MARK_MAX),
    start: position.mark.length,
    end: Math.min(bytes.length - from, limit + MARK_MAX),
    position,
    charset: format.charset,
    isFull: from + limit + MARK_MAX < bytes.length,
    readTime: Date.parse('2026-11-20T10:00:00.123Z'),
  }
  const whole = from + window.end >= bytes.length
  const source = {
    bytes: window.bytes.subarray(window.start, window.end),
    offset: position.offset,
    carry: position.carry,
    tail: whole ? tail : window.isFull ? 'more' : 'wait',
  } as const
  const fullRoom = limit - BATCH_HEAD
  const batch = batchFilledBy(others, limit)
  const room = others > 0 ? roomIn(batch) : fullRoom
  let piece = cut(source, format, room, fullRoom)
  const target = piece === 'full' ? batchFilledBy(0, limit) : batch
  if (piece === 'full') piece = cut(source, format, fullRoom, fullRoom)
  assert.notEqual(piece, 'full', 'a piece does not fit an empty batch, though it was cut for one')
  if (piece === 'wait' || piece === 'full' || piece.bytes === 0) return null
  const before = target.records
  const chunk = wrap(target, { file: someFile(), session: META.session, format, window, piece })
  assert.ok(target.end <= limit)
  assert.equal(target.records - before, chunk.records)
  assert.equal(advance(window, chunk.after).start, window.start + piece.bytes)
  assert.deepEqual(
    chunk.after.mark,
    digestOf(bytes.subarray(Math.max(from, chunk.after.offset - MARK_MAX), chunk.after.offset)),
  )
  return { chunk, records: recordsOf(target, chunk) }
}

function recordsOf(batch: Batch, chunk: Chunk): Shipped[] {
  const messages = messagesOf({ ...batch, slab: { bytes: Buffer.from(batch.slab.bytes) } })
  assert.equal(messages.length, batch.records)
  return messages.slice(chunk.firstRecord).map(({ key, value, headers }) => ({
    key: key.toString(),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text.toString()])),
    chunk,
  }))
}

/** A batch that already holds a record of about `bytes` bytes. */
function batchFilledBy(bytes: number, limit: number): Batch {
  // What lies behind the batch is not to be touched.
  const slab = { bytes: Buffer.alloc(limit + 64, 0xee) }
  const batch = newBatch({ topic: 'logs', partition: 0, slab, limit, timestamp: 0 })
  if (bytes === 0) return batch
  const value = Math.min(bytes, limit - BATCH_HEAD - 12)
  const record = Buffer.concat([
    varint(value + 8),
    Buffer.from([0, 0, 0, 0]),
    varint(value),
    Buffer.alloc(value),
    Buffer.from([0]),
  ])
  // The length counts what follows it.
  const body = record.length - varint(value + 8).length
  const exact = Buffer.concat([varint(body), record.subarray(record.length - body)])
  batch.end += exact.copy(slab.bytes, batch.end)
  batch.records = 1
  return batch
}

function varint(value: number): Buffer {
  const out: number[] = []
  let rest = value * 2
  for (; rest > 0x7f; rest >>>= 7) out.push((rest & 0x7f) | 0x80)
  return Buffer.from([...out, rest])
}

function someFile(): TrackedFile {
  const identity = { dev: 1n, ino: 1n, birth: 0n, head: EMPTY }
  const birth = {
    id: META.fileId,
    input: 'default',
    path: META.filename,
    topic: 'logs',
    partition: 0,
    start: 0,
    at: 0,
    identity,
  }
  return new TrackedFile({ birth, identity, path: birth.path, size: 0, settled: START, life: 'living' })
}
