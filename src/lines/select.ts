// Stage 4, where an input has rules for its lines: cuts only where events begin, and drops what the filters leave out. Pure.

import type { Pattern } from '../text/pattern.ts'
import { cut, type Measure, type Piece, type Source } from './chunk.ts'
import { eventEnd, isStart, type Lines, lastStart, textOf } from './events.ts'

export interface LineRules {
  /** `multiline_start`; null: every line is an event. */
  readonly start: Pattern | null
  /** Only events in which this is found are shipped; null: all are. */
  readonly include: Pattern | null
  /** Events in which this is found are not. */
  readonly exclude: Pattern | null
}

/** Bytes from the front that the filters drop. `ended`: whole events; else the front of a line that goes on, and is dropped to its end. */
export interface Dropped {
  readonly dropped: number
  readonly ended: boolean
}

/** A piece; `divided`: it is the front of an event that is larger than what it was offered. */
export type Selected = (Piece & { readonly divided?: true }) | Dropped | 'wait' | 'full'

/** As `cut`. An event waits for its end until `source.tail` says that none is to be expected. */
export function select(
  source: Source,
  measure: Measure,
  rules: LineRules | null,
  room: number,
  fullRoom: number,
): Selected {
  const { bytes, offset, carry } = source
  const { charset } = measure
  if (rules === null || carry !== null) return cut(source, measure, room, fullRoom)
  const whole = charset.ends.before(bytes, bytes.length, offset)
  if (whole === 0) return selectFront(source, measure, rules, room, fullRoom)
  const { start } = rules
  const lines = { bytes: bytes.subarray(0, whole), offset, charset }
  const closed = start === null ? whole : closedEnd(lines, source, measure, start, fullRoom)
  if (closed === 0) return 'wait'
  const run = leadingRun({ ...lines, bytes: bytes.subarray(0, closed) }, rules, fullRoom * charset.ends.unit)
  if (!run.kept) return { dropped: run.end, ended: true }
  const kept = bytes.subarray(0, run.end)
  if (start === null) return cut({ ...source, bytes: kept }, measure, room, fullRoom)
  return cutEvents({ ...lines, bytes: kept }, source, measure, start, room, fullRoom)
}

/** Of a line whose end is not there yet, what is shipped or dropped now decides for all of it. */
function selectFront(source: Source, measure: Measure, rules: LineRules, room: number, fullRoom: number): Selected {
  const piece = cut(source, measure, room, fullRoom)
  if (typeof piece === 'string') return piece
  const lines = { bytes: source.bytes, offset: source.offset, charset: measure.charset }
  return keeps(lines, rules, 0, piece.bytes) ? piece : { dropped: piece.bytes, ended: false }
}

function keeps(lines: Lines, { include, exclude }: LineRules, from: number, to: number): boolean {
  if (include === null && exclude === null) return true
  const text = textOf(lines, from, to)
  return (include === null || include.isIn(text)) && !(exclude?.isIn(text) ?? false)
}

/** The longest front whose events are all kept, or all dropped; of what is kept, no more than is of use now. */
function leadingRun(lines: Lines, rules: LineRules, most: number): { end: number; kept: boolean } {
  const { length } = lines.bytes
  if (rules.include === null && rules.exclude === null) return { end: length, kept: true }
  let end = eventEnd(lines, rules.start, 0)
  const kept = keeps(lines, rules, 0, end)
  const until = kept ? Math.min(length, most) : length
  while (end < until) {
    const next = eventEnd(lines, rules.start, end)
    if (keeps(lines, rules, end, next) !== kept) break
    end = next
  }
  return { end, kept }
}

/** Where the last event begins that may go on; behind all lines where none may. 0: there is nothing in front of it. */
function closedEnd(lines: Lines, { tail }: Source, measure: Measure, start: Pattern, fullRoom: number): number {
  const { bytes, offset } = lines
  if (tail !== 'wait' && tail !== 'more') return bytes.length
  const last = lastStart(lines, start, bytes.length)
  if (last > 0) return last
  // One that is larger than a message is not waited for.
  const isLarge = tail === 'more' || measure.fitBytes(bytes, offset, fullRoom, 'text').bytes < bytes.length
  return isLarge ? bytes.length : 0
}

function cutEvents(
  lines: Lines,
  source: Source,
  measure: Measure,
  start: Pattern,
  room: number,
  fullRoom: number,
): Selected {
  if (measure.perEvent === true) return cutRecords(lines, source, measure, start, room, fullRoom)
  const { bytes } = lines
  const piece = cut({ ...source, bytes }, measure, room, fullRoom)
  if (typeof piece === 'string' || piece.part !== null || piece.bytes === bytes.length) return piece
  if (isStart(lines, start, piece.bytes)) return piece
  const last = lastStart(lines, start, piece.bytes)
  if (last > 0) return cut({ ...source, bytes: bytes.subarray(0, last) }, measure, room, fullRoom)
  return room < fullRoom ? 'full' : { ...piece, divided: true }
}

/** Each event is a record; one that is larger than a message becomes several, cut where lines end. */
function cutRecords(
  lines: Lines,
  source: Source,
  measure: Measure,
  start: Pattern,
  room: number,
  fullRoom: number,
): Selected {
  const { bytes, offset, charset } = lines
  const first = eventEnd(lines, start, 0)
  const fit = measure.fitBytes(bytes.subarray(0, first), offset, fullRoom, 'text').bytes
  if (fit < first) {
    const end = charset.ends.before(bytes, fit, offset)
    if (end === 0) return cut({ ...source, bytes: bytes.subarray(0, first) }, measure, room, fullRoom)
    const piece = cut({ ...source, bytes: bytes.subarray(0, end), events: [end] }, measure, room, fullRoom)
    return typeof piece === 'string' ? piece : { ...piece, divided: true }
  }
  const events = [first]
  // No more than a message can hold: the rest is asked for again.
  for (let end = first; end < bytes.length && end < fullRoom; ) events.push((end = eventEnd(lines, start, end)))
  return cut({ ...source, bytes: bytes.subarray(0, events.at(-1)), events }, measure, room, fullRoom)
}
