// What the records of format `line` have around their values: the key, and the headers that a consumer needs to join lines again.

import type { Piece } from '../lines/chunk.ts'
import { encodeHeader, putVarint, varintLength } from './record.ts'
import type { Same } from './vectors.ts'

const OFFSET = Buffer.from([12, ...Buffer.from('offset')])
const LENGTH = Buffer.from([12, ...Buffer.from('length')])

export interface Layout {
  readonly key: Buffer
  /** Headers that are the same for all lines of the file. */
  readonly same: Buffer
  readonly named: number
  /** Lines carry no headers at all. */
  readonly none: boolean
  /** Of all records of whole lines. */
  readonly shared: Same
}

export function layoutOf(key: Buffer, named: readonly Buffer[], none: boolean): Layout {
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

export function headersLength(layout: Layout, offset: number, length: number): number {
  if (layout.none) return 1
  const own = OFFSET.length + LENGTH.length + 2 + digits(offset) + digits(length)
  return varintLength(layout.named + 2) + layout.same.length + own
}

function digits(value: number): number {
  let count = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count++
  return count
}

export function putHeaders(layout: Layout, into: Buffer, at: number, offset: number, length: number): number {
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

/** Of a line that fits no message, or that has no end yet. */
export function partHeaders(piece: Piece, offset: number, length: number): Buffer[] {
  const headers = [encodeHeader('offset', String(offset)), encodeHeader('length', String(length))]
  if (piece.part !== null) {
    headers.push(encodeHeader('part', String(piece.part)), encodeHeader('last', String(piece.last)))
  }
  if (piece.partial) headers.push(encodeHeader('partial', 'true'))
  return headers
}
