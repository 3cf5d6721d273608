// What Kafka will never take, as it is kept: a line of JSON with its address, and the bytes last, so that a reader can do without.

import type { MessageConfig } from '../config/config.ts'

export const DEAD_LETTERS = 'dead-letters.jsonl'

/** Which bytes of which file. */
export interface Address {
  readonly file_id: string
  readonly offset: number
  readonly length: number
}

export interface LetterHead extends Address {
  readonly filename: string
  /** The broker's answer, or the setting that it follows from. */
  readonly reason: string
  // An older version wrote none of those that follow.
  readonly host?: string
  readonly session?: string
  /** Of the source bytes, 8 lower-case hex digits. */
  readonly crc32?: string
  readonly topic?: string
  readonly partition?: number
  readonly key?: string
  readonly format?: MessageConfig['format']
  /** Of a line that fits no message, which comes in parts: where it begins, the part's number, and whether it is the last. */
  readonly line?: number
  readonly part?: number
  readonly last?: boolean
  readonly fields?: Readonly<Record<string, string>>
  readonly line_headers?: MessageConfig['lineHeaders']
  readonly charset?: string
}

/** Messages that were refused: their values in base64, and the headers of each. */
export interface RefusedLetter extends LetterHead {
  readonly headers?: readonly Readonly<Record<string, string>>[]
  readonly messages: readonly string[]
}

/** Source bytes that never were a message, in base64. */
export interface LineLetter extends LetterHead {
  readonly bytes: string
}

export type DeadLetter = RefusedLetter | LineLetter

export type Entry =
  | { readonly kind: 'letter'; readonly time: string; readonly head: LetterHead }
  /** The letters of these bytes are in Kafka now: all that stand before this. */
  | { readonly kind: 'taken_out'; readonly address: Address }

/** Letters of the same bytes, of which a crash may leave several. */
export const addressOf = ({ file_id, offset, length }: Address): string => `${file_id}/${offset}/${length}`

/** A quote within a value is escaped, so that these stand nowhere else. */
const BODIES = [',"headers":[', ',"messages":[', ',"bytes":"']
const BEGIN = '{'.charCodeAt(0)
const END = '}'.charCodeAt(0)

/** Null for half a line, of a crash or a full disk, and for what is no letter. The bytes in it are not looked at. */
export function readEntry(line: Buffer): Entry | null {
  if (line[0] !== BEGIN || line.at(-1) !== END) return null
  try {
    const parsed = JSON.parse(withoutBody(line)) as Record<string, unknown>
    const taken = parsed['taken_out'] as Address | undefined
    if (taken !== undefined) return isAddress(taken) ? { kind: 'taken_out', address: taken } : null
    const { time, ...head } = parsed
    if (typeof time !== 'string' || !isAddress(head) || !isHead(head)) return null
    return { kind: 'letter', time, head }
  } catch {
    return null
  }
}

function withoutBody(line: Buffer): string {
  const at = BODIES.map((body) => line.indexOf(body)).filter((found) => found >= 0)
  return at.length === 0 ? line.toString() : `${line.toString('utf8', 0, Math.min(...at))}}`
}

function isAddress(value: unknown): value is Address {
  if (typeof value !== 'object' || value === null) return false
  const { file_id, offset, length } = value as Record<string, unknown>
  return typeof file_id === 'string' && Number.isSafeInteger(offset) && Number.isSafeInteger(length)
}

const isHead = (value: object): value is LetterHead =>
  'filename' in value && typeof value.filename === 'string' && 'reason' in value && typeof value.reason === 'string'

const LETTER =
  /^\{"time":"[^"]*","file_id":"([^"\\]*)","filename":"(?:[^"\\]|\\.)*","offset":(\d+),"length":(\d+),"reason":"/
const TAKEN = /^\{"time":"[^"]*","taken_out":\{"file_id":"([^"\\]*)","offset":(\d+),"length":(\d+)\}\}$/
/** Bytes of a line in which its address stands, unless its name is a very long one. */
const FRONT = 640

export interface Place {
  readonly kind: Entry['kind']
  readonly address: Address
}

/** The same as `readEntry` says, ten times as fast. */
export function readPlace(line: Buffer): Place | null {
  if (line[0] !== BEGIN || line.at(-1) !== END) return null
  const front = line.toString('latin1', 0, Math.min(line.length, FRONT))
  const letter = LETTER.exec(front)
  const found = letter ?? TAKEN.exec(front)
  if (found !== null) {
    const address = { file_id: found[1] ?? '', offset: Number(found[2]), length: Number(found[3]) }
    return { kind: letter === null ? 'taken_out' : 'letter', address }
  }
  const entry = readEntry(line)
  if (entry === null) return null
  return { kind: entry.kind, address: entry.kind === 'letter' ? entry.head : entry.address }
}
