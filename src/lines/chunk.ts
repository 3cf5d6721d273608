// Stage 4, chunk: cuts what was read into runs of whole lines that fit one message; an unfinished last line waits. Pure.

import type { Carry } from '../files/position.ts'
import type { Stretch } from '../files/stretch.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Charset } from '../text/charset.ts'
import type { Patience } from './patience.ts'

/** A range of a file on its way into Kafka. The position travels with the bytes. */
export interface Chunk extends Stretch {
  readonly file: TrackedFile
  /** Index of its first message in its batch. */
  readonly firstRecord: number
}

/** `base64` where the bytes are not valid in their charset and the format carries text. */
export type Encoding = 'text' | 'base64'

/** How much of some bytes fits one message: source bytes, what they encode to, the line ends among them. */
export interface Fit {
  readonly bytes: number
  readonly encoded: number
  readonly lines: number
}

/** What cutting must know of a message format. `room` is what one message may take in all, its metadata included. */
export interface Measure {
  /** Of the file: where its lines end, and what is text. */
  readonly charset: Charset
  /** The format carries bytes as they are, so that invalid text needs no other encoding. */
  readonly binary: boolean
  /** An event is a record of its own, so that `ends` are asked for where there are events. */
  readonly perEvent?: true
  /** Whole lines from the front of `source` that fit; with `ends`, whole events. */
  fitLines(source: Buffer, offset: number, room: number, encoding: Encoding, ends?: readonly number[]): Fit
  /** Bytes from the front of `source`, whatever they are, that fit. */
  fitBytes(source: Buffer, offset: number, room: number, encoding: Encoding): Fit
}

export interface Piece extends Fit {
  readonly encoding: Encoding
  /** Its number from 1 where a line is cut; null for whole lines. */
  readonly part: number | null
  /** The part ends its line. */
  readonly last: boolean
  /** Shipped without a line end since none is expected soon, or since the rest of the line is not shipped. */
  readonly partial: boolean
  /** Where its events end, where each of them is a record. */
  readonly ends?: readonly number[]
  /** What becomes of the rest of its line; absent: it follows in further parts. */
  readonly rest?: Carry['rest']
}

/**
 * What to do with bytes behind the last line end: wait for more (`lines`: an event is not waited for), ship them as `partial`,
 * or ship them as a plain part, since what follows them was shipped before; `more`: what was read is as much as can be read at a time,
 * and goes on, so that whatever fits is shipped.
 */
export type Tail = Patience | 'more' | 'part'

export interface Source {
  readonly bytes: Buffer
  readonly offset: number
  readonly carry: Carry | null
  readonly tail: Tail
  /** Where events end, where each of them is a record. */
  readonly events?: readonly number[]
}

/**
 * The next piece from the front of `source`; `wait` when there is only an unfinished line;
 * `full` when the piece needs more than `room` and would fit (or be split at) `fullRoom`, that of an empty batch.
 */
export function cut(source: Source, measure: Measure, room: number, fullRoom: number): Piece | 'wait' | 'full' {
  const { bytes, carry, offset } = source
  const { ends } = measure.charset
  if (bytes.length === 0) return 'wait'
  const end = carry === null ? ends.before(bytes, bytes.length, offset) : ends.after(bytes, 0, offset)
  if (carry !== null || end === 0) return cutLine(source, end, measure, room, fullRoom)
  const run = leadingRun(bytes.subarray(0, end), offset, measure)
  const events = source.events === undefined ? undefined : within(source.events, run.bytes.length)
  const fit = measure.fitLines(run.bytes, source.offset, room, run.encoding, events)
  if (fit.bytes > 0) {
    const piece = { ...fit, encoding: run.encoding, part: null, last: false, partial: false }
    return events === undefined ? piece : { ...piece, ends: within(events, fit.bytes) }
  }
  if (room < fullRoom) return 'full'
  return cutLine(source, ends.after(bytes, 0, offset), measure, room, fullRoom)
}

/** What of some events lies in the first `length` bytes. */
const within = (ends: readonly number[], length: number): number[] => [...ends.filter((end) => end < length), length]

/** The longest front of `lines` whose lines are all valid text, or all not. */
function leadingRun(
  lines: Buffer,
  offset: number,
  { binary, charset }: Measure,
): { bytes: Buffer; encoding: Encoding } {
  if (binary || charset.isText(lines, offset)) return { bytes: lines, encoding: 'text' }
  let end = charset.ends.after(lines, 0, offset)
  const valid = charset.isText(lines.subarray(0, end), offset)
  while (end < lines.length) {
    const next = charset.ends.after(lines, end, offset)
    if (charset.isText(lines.subarray(end, next), offset + end) !== valid) break
    end = next
  }
  return { bytes: lines.subarray(0, end), encoding: valid ? 'text' : 'base64' }
}

/** A piece of one line: its rest, or as much of it as fits. `end` is where the line ends in the source; 0: not seen. */
function cutLine(
  source: Source,
  end: number,
  measure: Measure,
  room: number,
  fullRoom: number,
): Piece | 'wait' | 'full' {
  const { carry, offset, tail } = source
  const line = end > 0 ? source.bytes.subarray(0, end) : wholeEnd(source, measure)
  const fitsAny = measure.fitBytes(line, offset, fullRoom, 'text').bytes === line.length
  if (end === 0 && fitsAny && (tail === 'wait' || tail === 'lines')) return 'wait'
  const piece = fitPart(line, offset, measure, room)
  const whole = piece.bytes === line.length
  if (!whole && room < fullRoom) return 'full'
  const last = whole && end > 0
  const part = carry === null && last ? null : (carry?.parts ?? 0) + 1
  return { ...piece, part, last: part !== null && last, partial: whole && end === 0 && tail === 'partial' }
}

/** What goes on behind what could be read is cut between characters. */
function wholeEnd({ bytes, offset, tail }: Source, { charset }: Measure): Buffer {
  return tail === 'more' ? bytes.subarray(0, charset.wholeCharacters(bytes, bytes.length, offset)) : bytes
}

function fitPart(line: Buffer, offset: number, measure: Measure, room: number): Fit & { encoding: Encoding } {
  const fit = measure.fitBytes(line, offset, room, 'text')
  // Bytes of a character that is cut off cost one byte each in every format, since they are above 0x7f.
  const bytes = fit.bytes < line.length ? measure.charset.wholeCharacters(line, fit.bytes, offset) : fit.bytes
  if (measure.binary || (bytes > 0 && measure.charset.isText(line.subarray(0, bytes), offset))) {
    return { bytes, encoded: fit.encoded - (fit.bytes - bytes), lines: fit.lines, encoding: 'text' }
  }
  return { ...measure.fitBytes(line, offset, room, 'base64'), encoding: 'base64' }
}

/** The front, or another part, of a line that fits no message. */
export const isDivided = (piece: Piece): boolean => piece.part !== null && !piece.last && !piece.partial

/** What a position carries after `piece` was cut at `offset`. */
export function carryAfter(carry: Carry | null, piece: Piece, offset: number): Carry | null {
  if (piece.part === null) return null
  const begun = { line: carry?.line ?? offset, parts: piece.part }
  if (piece.rest !== undefined) return { ...begun, rest: piece.rest }
  return piece.last ? null : begun
}
