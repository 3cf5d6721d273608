// Format `line`: one record for each line (or event) without its line end, as UTF-8 text; what a consumer needs to join them again is in headers.

import type { Fit, Piece } from '../lines/chunk.ts'
import { type Charset, utf8 } from '../text/charset.ts'
import { fitConverted } from './converted.ts'
import type { Content, FileMeta, Format } from './format.ts'
import { headersLength, type Layout, layoutOf, partHeaders, putHeaders } from './line-layout.ts'
import { fitRecords, valueOf, writeRecords } from './line-records.ts'
import { encodeHeader, putRecordHead, putVarint, RECORD_OVERHEAD_MAX, recordLength, varintLength } from './record.ts'
import { type Run, vectors } from './vectors.ts'

export type LineHeaders = 'minimal' | 'all' | 'none'

const LF = 0x0a
const CR = 0x0d
/** Offset, length, part, last, partial with their names and digits, and the lengths before them. */
const OWN_HEADERS_MAX = 96

export function lineFormat(meta: FileMeta, lineHeaders: LineHeaders, charset: Charset = utf8): Format {
  const key = Buffer.from(meta.filename)
  const none = lineHeaders === 'none'
  const named = none ? [] : [encodeHeader('filename', meta.filename), encodeHeader('file_id', meta.fileId)]
  if (lineHeaders === 'all') named.push(encodeHeader('host', meta.host), encodeHeader('session', meta.session))
  if (!none && charset !== utf8) named.push(encodeHeader('charset', charset.name))
  const layout = layoutOf(key, named, none)
  // A value that could not be text in its charset is the source's bytes, and says so.
  const binary =
    none || charset === utf8 ? layout : layoutOf(key, [...named, encodeHeader('content_encoding', 'binary')], none)
  const of = (encoding: Piece['encoding']): Layout => (encoding === 'text' ? layout : binary)
  const overhead = RECORD_OVERHEAD_MAX + key.length + binary.same.length + OWN_HEADERS_MAX
  const isPlain = (ends: readonly number[] | undefined): boolean => charset === utf8 && ends === undefined
  return {
    binary: charset === utf8,
    charset,
    perEvent: true,
    records: ({ part, partial, lines, ends }) => (part !== null || partial ? 1 : (ends?.length ?? lines)),
    fitBytes(source, offset, room, encoding) {
      const left = Math.max(0, room - overhead)
      if (charset !== utf8 && encoding === 'text') return fitConverted(charset, source, offset, left, fitPlain)
      const { bytes } = fitPlain(source, left)
      return { bytes, encoded: bytes, lines: charset.ends.count(source.subarray(0, bytes), offset) }
    },
    fitLines(source, offset, room, encoding, ends) {
      if (isPlain(ends)) return fitLines(layout, source, offset, room)
      return fitRecords({ layout: of(encoding), charset, source, offset, encoding, ends }, room)
    },
    write(into, at, index, content) {
      const { piece, bytes, offset } = content
      const { encoding, ends } = piece
      if (piece.part !== null || piece.partial) return writePart(of(encoding), charset, into, at, index, content)
      if (isPlain(ends)) return writeLines(layout, into, at, index, content)
      return writeRecords({ layout: of(encoding), charset, source: bytes, offset, encoding, ends }, into, at, index)
    },
  }
}

function fitPlain(source: Buffer, room: number): Fit {
  const bytes = Math.min(source.length, room)
  return { bytes, encoded: bytes, lines: 0 }
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

function writeLines(layout: Layout, into: Buffer, at: number, index: number, { bytes, offset }: Content): number {
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
    const headers = headersLength(layout, offset + start, length)
    position = putRecordHead(into, position, number++, layout.key, to - start, headers)
    position += bytes.copy(into, position, start, to)
    position = putHeaders(layout, into, position, offset + start, length)
    start = end + 1
  }
}

/** A line that fits no message, or that has no end yet: one record, its number in headers. */
function writePart(
  layout: Layout,
  charset: Charset,
  into: Buffer,
  at: number,
  index: number,
  { bytes, piece, offset }: Content,
): number {
  const value = valueOf(charset, bytes, offset, piece.encoding)
  const own = layout.none ? [] : partHeaders(piece, offset, bytes.length)
  const count = layout.named + own.length
  const tail = Buffer.concat([layout.same, ...own])
  let position = putRecordHead(into, at, index, layout.key, value.length, varintLength(count) + tail.length)
  position += value.copy(into, position)
  position = putVarint(into, position, count)
  return position + tail.copy(into, position)
}
