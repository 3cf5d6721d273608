// Stage 5, wrap: adds the metadata to a piece and lays it out as Kafka records behind what the batch holds. Pure but for the batch.

import { crc32 } from 'node:zlib'
import { digestOf, MARK_MAX } from '../files/fingerprint.ts'
import type { Window } from '../files/read.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { type Chunk, carryAfter, type Piece } from '../lines/chunk.ts'
import type { Batch } from './batch.ts'
import type { Format } from './format.ts'

export interface Wrapping {
  readonly file: TrackedFile
  readonly session: string
  readonly format: Format
  readonly window: Window
  readonly piece: Piece
}

/** Appends the piece at the window's front to `batch`. The piece must have been cut for the room that the batch has left. */
export function wrap(batch: Batch, { file, session, format, window, piece }: Wrapping): Chunk {
  const { position, start } = window
  const end = start + piece.bytes
  const bytes = window.bytes.subarray(start, end)
  const checksum = crc32(bytes)
  const content = { bytes, piece, offset: position.offset, crc32: checksum, readTime: window.readTime }
  const written = format.write(batch.slab.bytes, batch.end, batch.records, content)
  if (written > batch.limit)
    throw new RangeError(`a batch of ${written} bytes was laid out for a limit of ${batch.limit}`)
  const chunk: Chunk = {
    file,
    session,
    before: position,
    after: {
      offset: position.offset + piece.bytes,
      carry: carryAfter(position.carry, piece, position.offset),
      mark: digestOf(window.bytes.subarray(Math.max(0, end - MARK_MAX), end)),
    },
    lines: piece.lines,
    records: format.records(piece),
    firstRecord: batch.records,
    crc32: checksum,
  }
  batch.end = written
  batch.records += chunk.records
  batch.chunks.push(chunk)
  return chunk
}
