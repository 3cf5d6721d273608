/** Records in the three formats, made by the letter of the envelope and without Pannier, to try the judge with. */

import { crc32 } from 'node:zlib'

export interface Piece {
  readonly fileId: string
  readonly filename: string
  readonly offset: number
  readonly bytes: Buffer
}

export interface Made {
  readonly key: string
  readonly value: Buffer
  readonly headers: Record<string, string>
}

export function fileIdOf(number: number): string {
  return number.toString(16).padStart(32, '0')
}

function sum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0')
}

export function jsonMessage(piece: Piece, more: Record<string, unknown> = {}): Made {
  const text = piece.bytes.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(piece.bytes)
  const content = isText ? { content: text } : { content: piece.bytes.toString('base64'), content_encoding: 'base64' }
  const value = Buffer.from(JSON.stringify({ v: 1, ...metadata(piece), fields: {}, ...content, ...more }))
  return { key: piece.filename, value, headers: {} }
}

export function rawMessage(piece: Piece, more: Record<string, unknown> = {}): Made {
  const entries = Object.entries({ v: 1, ...metadata(piece), ...more }).map(([name, value]) => [name, String(value)])
  return { key: piece.filename, value: piece.bytes, headers: Object.fromEntries(entries) }
}

/** One message for each line of the piece. */
export function lineMessages(piece: Piece): Made[] {
  const made: Made[] = []
  for (let start = 0; start < piece.bytes.length; ) {
    const newline = piece.bytes.indexOf(0x0a, start)
    const end = newline < 0 ? piece.bytes.length : newline + 1
    const lineEnd = newline < 0 ? 0 : newline > start && piece.bytes[newline - 1] === 0x0d ? 2 : 1
    const place = { offset: String(piece.offset + start), length: String(end - start) }
    const headers = { filename: piece.filename, file_id: piece.fileId, ...place }
    made.push({ key: piece.filename, value: piece.bytes.subarray(start, end - lineEnd), headers })
    start = end
  }
  return made
}

function metadata({ fileId, filename, offset, bytes }: Piece): Record<string, unknown> {
  return {
    filename,
    host: 'host-1',
    session: '2026-11-20',
    file_id: fileId,
    offset,
    length: bytes.length,
    lines: bytes.toString('latin1').split('\n').length - 1,
    crc32: sum(bytes),
    read_time: '2026-11-20T10:00:00.000Z',
  }
}
