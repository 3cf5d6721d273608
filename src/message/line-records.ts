// Records of format `line` one by one: of events, which have several lines, and of text that is converted. Plain lines take the fast way.

import type { Encoding, Fit } from '../lines/chunk.ts'
import { type Charset, utf8 } from '../text/charset.ts'
import { headersLength, type Layout, putHeaders } from './line-layout.ts'
import { putRecordHead, recordLength } from './record.ts'

/** Where records begin and end: `ends` are those of events; lines, where there are none. */
export interface Records {
  readonly layout: Layout
  readonly charset: Charset
  readonly source: Buffer
  readonly offset: number
  readonly encoding: Encoding
  readonly ends: readonly number[] | undefined
}

/** A record's value: the bytes without the line end, as UTF-8 where they are text. */
export function valueOf(charset: Charset, bytes: Buffer, offset: number, encoding: Encoding): Buffer {
  const bare = bytes.subarray(0, charset.ends.bare(bytes, offset))
  return charset === utf8 || encoding === 'base64' ? bare : Buffer.from(charset.decode(bare))
}

export function fitRecords(records: Records, room: number): Fit {
  const { layout, charset, source, offset, encoding } = records
  let bytes = 0
  let encoded = 0
  let lines = 0
  for (const end of endsOf(records)) {
    const value = valueOf(charset, source.subarray(bytes, end), offset + bytes, encoding)
    const headers = headersLength(layout, offset + bytes, end - bytes)
    // The record's own number is not known yet: 5 bytes is the most that it takes.
    const record = recordLength(0, layout.key.length, value.length, headers) + 4
    if (encoded + record > room) break
    encoded += record
    lines += charset.ends.count(source.subarray(bytes, end), offset + bytes)
    bytes = end
  }
  return { bytes, encoded, lines }
}

/** Returns the position behind what was written. */
export function writeRecords(records: Records, into: Buffer, at: number, index: number): number {
  const { layout, charset, source, offset, encoding } = records
  let position = at
  let start = 0
  let number = index
  for (const end of endsOf(records)) {
    const value = valueOf(charset, source.subarray(start, end), offset + start, encoding)
    const headers = headersLength(layout, offset + start, end - start)
    position = putRecordHead(into, position, number++, layout.key, value.length, headers)
    position += value.copy(into, position)
    position = putHeaders(layout, into, position, offset + start, end - start)
    start = end
  }
  return position
}

function* endsOf({ ends, source, offset, charset }: Records): Iterable<number> {
  if (ends !== undefined) yield* ends
  else
    for (let at = charset.ends.after(source, 0, offset); at > 0; at = charset.ends.after(source, at, offset)) yield at
}
