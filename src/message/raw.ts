// Format `raw`: the value is the source bytes as they are, the metadata is in headers of the envelope's names.

import type { Fit } from '../lines/chunk.ts'
import { type Charset, utf8 } from '../text/charset.ts'
import type { LineEnds } from '../text/line-ends.ts'
import { countLines } from './count-lines.ts'
import { type Content, type FileMeta, type Format, hex32 } from './format.ts'
import { encodeHeader, putRecordHead, putVarint, RECORD_OVERHEAD_MAX, varintLength } from './record.ts'

export function rawFormat(meta: FileMeta, charset: Charset = utf8): Format {
  const { ends } = charset
  const key = Buffer.from(meta.filename)
  const named = [
    encodeHeader('v', '1'),
    encodeHeader('filename', meta.filename),
    encodeHeader('host', meta.host),
    encodeHeader('session', meta.session),
    encodeHeader('file_id', meta.fileId),
    encodeHeader('fields', JSON.stringify(meta.fields)),
    ...(charset === utf8 ? [] : [encodeHeader('charset', charset.name)]),
  ]
  const same = Buffer.concat(named)
  // Numbers of headers of their own: at most 8, with names and digits far below 256 bytes.
  const overhead = RECORD_OVERHEAD_MAX + key.length + same.length + 256
  return {
    binary: true,
    charset,
    records: () => 1,
    fitBytes: (source, offset, room) => fit(ends, source, offset, room - overhead),
    fitLines(source, offset, room) {
      const bytes = Math.max(0, Math.min(source.length, room - overhead))
      return fit(ends, source, offset, ends.before(source, bytes, offset))
    },
    write(into, at, index, content) {
      const own = ownHeaders(content)
      const count = named.length + own.count
      const headers = varintLength(count) + same.length + own.bytes.length
      let position = putRecordHead(into, at, index, key, content.bytes.length, headers)
      position += content.bytes.copy(into, position)
      position = putVarint(into, position, count)
      position += same.copy(into, position)
      return position + own.bytes.copy(into, position)
    },
  }
}

function ownHeaders({ bytes, piece, offset, crc32, readTime }: Content): { count: number; bytes: Buffer } {
  const headers: [string, string][] = [
    ['offset', String(offset)],
    ['length', String(bytes.length)],
    ['lines', String(piece.lines)],
    ['crc32', hex32(crc32)],
    ['read_time', new Date(readTime).toISOString()],
  ]
  if (piece.part !== null) headers.push(['part', String(piece.part)], ['last', String(piece.last)])
  if (piece.partial) headers.push(['partial', 'true'])
  return { count: headers.length, bytes: Buffer.concat(headers.map(([name, value]) => encodeHeader(name, value))) }
}

function fit(ends: LineEnds, source: Buffer, offset: number, room: number): Fit {
  const bytes = Math.max(0, Math.min(source.length, room))
  return { bytes, encoded: bytes, lines: countLines(ends, source.subarray(0, bytes), offset) }
}
