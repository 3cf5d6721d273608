/**
 * The journal's text: lines of `crc32hex SPACE json`, a header first, and a `{"commit": N}` behind the records that count together.
 * `cut -c10- FILE | jq` reads it.
 */
import { crc32 } from 'node:zlib'
import { PannierError } from '../support/errors.ts'

export interface Header {
  readonly format: string
  readonly version: number
  readonly generation: number
}

export const CRC_DIGITS = 8
export const COMMIT_PREFIX = '{"commit":'
const PIECE_CHARACTERS = 1024 * 1024

export function checksum(json: string | Buffer): string {
  return crc32(json).toString(16).padStart(CRC_DIGITS, '0')
}

export function headerLine(header: Header): string {
  return lineOf(JSON.stringify(header))
}

function commitLine(commit: number): string {
  return lineOf(JSON.stringify({ commit }))
}

function recordLine(record: unknown): string {
  const json = JSON.stringify(record) as string | undefined
  if (json !== undefined && !json.startsWith(COMMIT_PREFIX)) return lineOf(json)
  throw new PannierError(`a journal cannot hold the record ${json}`, { code: 'STATE_RECORD' })
}

/** Bytes in pieces of about 1 MiB, so that a large state never stands in memory twice. */
export function* inPieces(lines: Iterable<string>): Generator<Buffer> {
  let piece: string[] = []
  let characters = 0
  for (const line of lines) {
    piece.push(line)
    characters += line.length
    if (characters < PIECE_CHARACTERS) continue
    yield Buffer.from(piece.join(''))
    piece = []
    characters = 0
  }
  if (piece.length > 0) yield Buffer.from(piece.join(''))
}

export function* linesOf<R>(records: Iterable<R>): Generator<string> {
  for (const record of records) yield recordLine(record)
}

export function* committed(lines: Iterable<string>, commit: number): Generator<string> {
  yield* lines
  yield commitLine(commit)
}

/** The first line is made at once, to see whether there is any; null when there is none. */
export function startedLines<R>(records: Iterable<R>): Iterable<string> | null {
  const lines = linesOf(records)
  const first = lines.next()
  return first.done === true ? null : rejoined(first.value, lines)
}

function* rejoined(first: string, rest: Iterable<string>): Generator<string> {
  yield first
  yield* rest
}

function lineOf(json: string): string {
  return `${checksum(json)} ${json}\n`
}
