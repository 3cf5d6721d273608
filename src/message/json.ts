// Format `json`: one document for each chunk, envelope version 1, the content last so that it is written straight through.

import type { Encoding, Fit } from '../lines/chunk.ts'
import { type Charset, utf8 } from '../text/charset.ts'
import { fitConverted, putConverted } from './converted.ts'
import { countLines } from './count-lines.ts'
import { fitEscaped, putEscaped } from './escape.ts'
import { type Content, type FileMeta, type Format, hex32 } from './format.ts'
import { putRecordHead, RECORD_OVERHEAD_MAX } from './record.ts'

const END = Buffer.from('"}')
const NO_HEADERS = 1

export function jsonFormat(meta: FileMeta, charset: Charset = utf8): Format {
  const { filename, host, session, fileId } = meta
  const key = Buffer.from(filename)
  const origin = JSON.stringify({ v: 1, filename, host, session, file_id: fileId })
  const opening = Buffer.from(`${origin.slice(0, -1)},"offset":`)
  const fields = JSON.stringify(meta.fields)
  const longest = details({
    fields,
    offset: Number.MAX_SAFE_INTEGER,
    length: 0xffffffff,
    lines: 0xffffffff,
    crc32: 0,
    readTime: 0,
  })
  const named = charset === utf8 ? '' : `,"charset":"${charset.name}"`
  const longestMarks = marks({ part: 0xffffffff, last: false, partial: true, encoding: 'base64' }, named)
  const overhead =
    RECORD_OVERHEAD_MAX + key.length + opening.length + Buffer.byteLength(longest + longestMarks) + END.length
  return {
    binary: false,
    charset,
    records: () => 1,
    fitBytes: (source, offset, room, encoding) => fit(charset, source, offset, room - overhead, encoding),
    fitLines(source, offset, room, encoding) {
      return wholeLines(charset, source, offset, fit(charset, source, offset, room - overhead, encoding), encoding)
    },
    write(into, at, index, content) {
      const { piece, bytes, offset, crc32, readTime } = content
      const middle =
        details({ fields, offset, length: bytes.length, lines: piece.lines, crc32, readTime }) + marks(piece, named)
      const value = opening.length + Buffer.byteLength(middle) + piece.encoded + END.length
      let position = putRecordHead(into, at, index, key, value, NO_HEADERS)
      position += opening.copy(into, position)
      position += into.write(middle, position)
      position = putContent(charset, into, position, content)
      position += END.copy(into, position)
      into[position++] = 0 // number of headers
      return position
    },
  }
}

interface Details {
  readonly fields: string
  readonly offset: number
  readonly length: number
  readonly lines: number
  readonly crc32: number
  readonly readTime: number
}

function details({ fields, offset, length, lines, crc32, readTime }: Details): string {
  const time = new Date(readTime).toISOString()
  return `${offset},"length":${length},"lines":${lines},"crc32":"${hex32(crc32)}","read_time":"${time}","fields":${fields}`
}

type Marked = Readonly<{ part: number | null; last: boolean; partial: boolean; encoding: Encoding }>

/** @param charset the whole pair, where it is to be told */
function marks(piece: Marked, charset: string): string {
  const part = piece.part === null ? '' : `,"part":${piece.part},"last":${piece.last}`
  const partial = piece.partial ? ',"partial":true' : ''
  const encoding = piece.encoding === 'base64' ? ',"content_encoding":"base64"' : ''
  return `${part}${partial}${charset}${encoding},"content":"`
}

function fit(charset: Charset, source: Buffer, offset: number, room: number, encoding: Encoding): Fit {
  if (encoding === 'base64') return fitBase64(charset, source, offset, room)
  return charset === utf8 ? fitEscaped(source, room) : fitConverted(charset, source, offset, room)
}

function fitBase64({ ends }: Charset, source: Buffer, offset: number, room: number): Fit {
  const most = Math.max(0, Math.min(source.length, Math.floor(room / 4) * 3))
  // A part of a line that goes on is cut between units, so that the next one may be text again.
  const bytes = most < source.length ? most - ((offset + most) % ends.unit) : most
  return { bytes, encoded: Math.ceil(bytes / 3) * 4, lines: countLines(ends, source.subarray(0, bytes), offset) }
}

/** `found` cut back to the last line end in it. */
function wholeLines(charset: Charset, source: Buffer, offset: number, found: Fit, encoding: Encoding): Fit {
  const bytes = charset.ends.before(source, found.bytes, offset)
  if (bytes === found.bytes) return found
  if (encoding === 'base64') return { bytes, encoded: Math.ceil(bytes / 3) * 4, lines: found.lines }
  const beyond = fit(charset, source.subarray(bytes, found.bytes), offset + bytes, Number.POSITIVE_INFINITY, encoding)
  return { bytes, encoded: found.encoded - beyond.encoded, lines: found.lines }
}

function putContent(charset: Charset, into: Buffer, at: number, { bytes, piece, offset }: Content): number {
  if (piece.encoding === 'base64') return at + into.write(bytes.toString('base64'), at, 'latin1')
  return charset === utf8 ? putEscaped(into, at, bytes, piece) : putConverted(charset, into, at, bytes, offset)
}
