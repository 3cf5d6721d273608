// Format `line`: one record for each line, without its line end; what a consumer needs to join them again is in headers.

import type { Fit, Piece } from '../lines/chunk.ts'
import { type Content, type FileMeta, type Format } from './format.ts'
import { encodeHeader, putRecordHead, putVarint, RECORD_OVERHEAD_MAX, recordLength, varintLength } from './record.ts'
import { type Run, type Same, vectors } from './vectors.ts'

export type LineHeaders = 'minimal' | 'all' | 'none'

const LF = 0x0a
const CR = 0x0d
const OFFSET = Buffer.from([12, ...Buffer.from('offset')])
const LENGTH = Buffer.from([12, ...Buffer.from('length')])
/** Offset, length, part, last, partial with their names and digits, and the lengths before them. */
const OWN_HEADERS_MAX = 96

export function lineFormat(meta: FileMeta, lineHeaders: LineHeaders): Format {
  const key = Buffer.from(meta.filename)
  const named =
    lineHeaders === 'none' ? [] : [encodeHeader('filename', meta.filename), encodeHeader('file_id', meta.fileId)]
  if (lineHeaders === 'all') named.push(encodeHeader('host', meta.host), encodeHeader('session', meta.session))
  const layout = layoutOf(key, named, lineHeaders === 'none')
  const overhead = RECORD_OVERHEAD_MAX + key.length + layout.same.length + OWN_HEADERS_MAX
  return {
    binary: true,
    records: (piece) => (piece.part === null && !piece.partial ? piece.lines : 1),
    fitBytes(source, _offset, room) {
      const bytes = Math.max(0, Math.min(source.length, room - overhead))
      return { bytes, encoded: bytes, lines: bytes > 0 && source[bytes - 1] === LF ? 1 : 0 }
    },
    fitLines: (source, offset, room) => fitLines(layout, source, offset, room),
    write: (into, at, index, content) => write(layout, into, at, index, content),
  }
}

interface Layout {
  readonly key: Buffer
  /** Headers that are the same for all lines of the file. */
  readonly same: Buffer
  readonly named: number
  /** Lines carry no headers at all. */
  readonly none: boolean
  /** Of all records of whole lines. */
  readonly shared: Same
}

function layoutOf(key: Buffer, named: readonly Buffer[], none: boolean): Layout {
  const same = Buffer.concat(named)
  const first = Buffer.concat([varint(key.length), key])
  const behind = none ? Buffer.alloc(0) : Buffer.concat([varint(named.length + 2), same, OFFSET])
  const shared = { bytes: Buffer.concat([first, behind]), key: first.length, headers: behind.length }
  return { key, same, named: named.length, none, shared }
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintLength(value))
  putVarint(bytes, 0, value)
  return bytes
}

const NONE: Run = { bytes: 0, encoded: 0, lines: 0 }

function fitLines(layout: Layout, source: Buffer, offset: number, room: number): Fit {
  let start = 0
  let taken = 0
  let lines = 0
  for (;;) {
    const run = vectors?.fitLines(source, start, offset + start, room - taken, layout.shared) ?? NONE
    taken += run.encoded
    lines += run.lines
    start += run.bytes
    // What is left is longer than a block, or has no end, or no room.
    const end = source.indexOf(LF, start)
    if (end < 0) break
    const headers = headersLength(layout, offset + start, end + 1 - start)
    // The record's own number is not known yet: 5 bytes is the most that it takes.
    const record = recordLength(0, layout.key.length, valueEnd(source, start, end) - start, headers) + 4
    if (taken + record > room) break
    taken += record
    lines++
    start = end + 1
  }
  return { bytes: start, encoded: taken, lines }
}

const valueEnd = (source: Buffer, start: number, end: number): number =>
  end > start && source[end - 1] === CR ? end - 1 : end

function headersLength(layout: Layout, offset: number, length: number): number {
  if (layout.none) return 1
  const own = OFFSET.length + LENGTH.length + 2 + digits(offset) + digits(length)
  return varintLength(layout.named + 2) + layout.same.length + own
}

function digits(value: number): number {
  let count = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count++
  return count
}

function write(layout: Layout, into: Buffer, at: number, index: number, content: Content): number {
  const { bytes, piece, offset } = content
  if (piece.part !== null || piece.partial) return writePart(layout, into, at, index, content)
  let position = at
  let start = 0
  let number = index
  for (;;) {
    const run = vectors?.putLines(into, position, number, bytes, start, offset + start, layout.shared) ?? NONE
    position += run.encoded
    number += run.lines
    start += run.bytes
    const end = bytes.indexOf(LF, start)
    if (end < 0) return position
    const length = end + 1 - start
    const to = valueEnd(bytes, start, end)
    position = putRecordHead(
      into,
      position,
      number++,
      layout.key,
      to - start,
      headersLength(layout, offset + start, length),
    )
    position += bytes.copy(into, position, start, to)
    position = putHeaders(layout, into, position, offset + start, length)
    start = end + 1
  }
}

function putHeaders(layout: Layout, into: Buffer, at: number, offset: number, length: number): number {
  if (layout.none) return putVarint(into, at, 0)
  let position = putVarint(into, at, layout.named + 2)
  position += layout.same.copy(into, position)
  position = putNumber(into, position, OFFSET, offset)
  return putNumber(into, position, LENGTH, length)
}

function putNumber(into: Buffer, at: number, name: Buffer, value: number): number {
  let position = at + name.copy(into, at)
  const text = String(value)
  position = putVarint(into, position, text.length)
  return position + into.write(text, position, 'latin1')
}

/** A line that fits no message, or that has no end yet: one record, its number in headers. */
function writePart(layout: Layout, into: Buffer, at: number, index: number, { bytes, piece, offset }: Content): number {
  const ended = bytes.at(-1) === LF
  const value = bytes.subarray(0, ended ? valueEnd(bytes, 0, bytes.length - 1) : bytes.length)
  const own = layout.none ? [] : partHeaders(piece, offset, bytes.length)
  const count = layout.named + own.length
  const tail = Buffer.concat([layout.same, ...own])
  let position = putRecordHead(into, at, index, layout.key, value.length, varintLength(count) + tail.length)
  position += value.copy(into, position)
  position = putVarint(into, position, count)
  return position + tail.copy(into, position)
}

function partHeaders(piece: Piece, offset: number, length: number): Buffer[] {
  const headers = [encodeHeader('offset', String(offset)), encodeHeader('length', String(length))]
  if (piece.part !== null) {
    headers.push(encodeHeader('part', String(piece.part)), encodeHeader('last', String(piece.last)))
  }
  if (piece.partial) headers.push(encodeHeader('partial', 'true'))
  return headers
}
