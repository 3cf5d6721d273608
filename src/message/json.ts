// Format `json`: one document for each chunk, envelope version 1, the content last so that it is written straight through.

import type { Encoding, Fit } from '../lines/chunk.ts'
import { countLines } from './count-lines.ts'
import { fitEscaped, putEscaped } from './escape.ts'
import { type Content, type FileMeta, type Format, hex32 } from './format.ts'
import { putRecordHead, RECORD_OVERHEAD_MAX } from './record.ts'

const LF = 0x0a
const END = Buffer.from('"}')
const NO_HEADERS = 1

export function jsonFormat(meta: FileMeta): Format {
  const { filename, host, session, fileId } = meta
  const key = Buffer.from(filename)
  const named = JSON.stringify({ v: 1, filename, host, session, file_id: fileId })
  const opening = Buffer.from(`${named.slice(0, -1)},"offset":`)
  const fields = JSON.stringify(meta.fields)
  const longest = details({
    fields,
    offset: Number.MAX_SAFE_INTEGER,
    length: 0xffffffff,
    lines: 0xffffffff,
    crc32: 0,
    readTime: 0,
  })
  const longestMarks = marks({ part: 0xffffffff, last: false, partial: true, encoding: 'base64' })
  const overhead =
    RECORD_OVERHEAD_MAX + key.length + opening.length + Buffer.byteLength(longest + longestMarks) + END.length
  return {
    binary: false,
    records: () => 1,
    fitBytes: (source, _offset, room, encoding) => fit(source, room - overhead, encoding),
    fitLines: (source, _offset, room, encoding) => wholeLines(source, fit(source, room - overhead, encoding), encoding),
    write(into, at, index, content) {
      const { piece, bytes, offset, crc32, readTime } = content
      const middle =
        details({ fields, offset, length: bytes.length, lines: piece.lines, crc32, readTime }) + marks(piece)
      const value = opening.length + Buffer.byteLength(middle) + piece.encoded + END.length
      let position = putRecordHead(into, at, index, key, value, NO_HEADERS)
      position += opening.copy(into, position)
      position += into.write(middle, position)
      position = putContent(into, position, content)
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

function marks(piece: { part: number | null; last: boolean; partial: boolean; encoding: Encoding }): string {
  const part = piece.part === null ? '' : `,"part":${piece.part},"last":${piece.last}`
  const partial = piece.partial ? ',"partial":true' : ''
  const encoding = piece.encoding === 'base64' ? ',"content_encoding":"base64"' : ''
  return `${part}${partial}${encoding},"content":"`
}

function fit(source: Buffer, room: number, encoding: Encoding): Fit {
  if (encoding === 'text') return fitEscaped(source, room)
  const bytes = Math.max(0, Math.min(source.length, Math.floor(room / 4) * 3))
  return { bytes, encoded: Math.ceil(bytes / 3) * 4, lines: countLines(source, bytes) }
}

/** `found` cut back to the last line end in it. */
function wholeLines(source: Buffer, found: Fit, encoding: Encoding): Fit {
  const bytes = found.bytes === 0 ? 0 : source.lastIndexOf(LF, found.bytes - 1) + 1
  if (bytes === found.bytes) return found
  if (encoding === 'base64') return { bytes, encoded: Math.ceil(bytes / 3) * 4, lines: found.lines }
  const beyond = fitEscaped(source.subarray(bytes, found.bytes), Number.POSITIVE_INFINITY)
  return { bytes, encoded: found.encoded - beyond.encoded, lines: found.lines }
}

function putContent(into: Buffer, at: number, { bytes, piece }: Content): number {
  if (piece.encoding === 'base64') return at + into.write(bytes.toString('base64'), at, 'latin1')
  return putEscaped(into, at, bytes, piece)
}
