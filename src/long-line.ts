// What does not become a message: of a line that fits none the rest, or all of it (`long_line`), and lines that the filters drop.

import { crc32 } from 'node:zlib'
import type { Config, InputConfig, MessageConfig } from './config/config.ts'
import type { Burials } from './deliver/burials.ts'
import type { Destination } from './deliver/destinations.ts'
import { digestOf, MARK_MAX } from './files/fingerprint.ts'
import type { Carry, Position } from './files/position.ts'
import type { Window } from './files/read.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { isDivided, type Piece, type Tail } from './lines/chunk.ts'
import type { Dropped } from './lines/select.ts'
import { hex32 } from './message/format.ts'
import type { Emit } from './observe/events.ts'
import type { Sessions } from './state/session.ts'

export interface LongLineParts {
  readonly config: () => Config
  readonly sessions: Sessions
  readonly burials: Burials
  readonly emit: Emit
}

/** `truncate`: the part is all that is shipped of its line. */
export const byPolicy = (piece: Piece, longLine: MessageConfig['longLine']): Piece =>
  longLine === 'truncate' && isDivided(piece) ? { ...piece, last: true, partial: true, rest: 'filtered' } : piece

/** Goes on in a line whose front was shipped, or is a dead letter. Returns the bytes taken; 0 while the dead letters have no room. */
export function leaveOutRest(
  parts: LongLineParts,
  { file, input }: { readonly file: TrackedFile; readonly input: InputConfig },
  window: Window,
  route: Destination,
  tail: Tail,
): number | 'wait' {
  const bytes = window.bytes.subarray(window.start, window.end)
  const { carry, offset } = window.position
  const end = window.charset.ends.after(bytes, 0, offset)
  if (carry?.rest !== 'dead_lettered') {
    const length = end === 0 ? bytes.length : end
    file.skipTo(behind(window, length, end > 0), 'filtered', parts.sessions.current.id)
    parts.emit({ name: 'line_rest', file, offset, length })
    return length
  }
  // A slow writer's long line comes in few letters.
  if (end === 0 && (tail === 'wait' || tail === 'lines') && bytes.length < route.limit) return 'wait'
  const part = { length: end === 0 ? bytes.length : end, ended: end > 0 }
  return buryPart(parts, { file, input }, window, route, part)
}

/** What the filters of its input drop. Returns the bytes taken. */
export function leaveOutLines(
  { sessions, emit }: Pick<LongLineParts, 'sessions' | 'emit'>,
  file: TrackedFile,
  window: Window,
  { dropped, ended }: Dropped,
): number {
  const { offset } = window.position
  file.skipTo(behind(window, dropped, ended, 'filtered'), 'filtered', sessions.current.id)
  emit({ name: 'lines_filtered', file, offset, length: dropped })
  return dropped
}

/** Of the line at the window's front so many bytes are a dead letter. Returns the bytes taken; 0 while there is no room. */
export function buryPart(
  { config, sessions, burials }: LongLineParts,
  { file, input }: { readonly file: TrackedFile; readonly input: InputConfig },
  window: Window,
  { topic, limit, lane }: Destination,
  { length, ended }: { readonly length: number; readonly ended: boolean },
): number {
  if (!burials.hasRoom) return 0
  const { position, start } = window
  const bytes = window.bytes.subarray(start, start + length)
  const session = sessions.current.id
  const { carry } = position
  const { format, lineHeaders, fields } = input.message
  const letter = {
    file_id: file.id,
    filename: file.birth.path,
    offset: position.offset,
    length,
    reason: `its line fits no message of ${limit} bytes, and long_line = dead_letter`,
    host: config().host,
    session,
    crc32: hex32(crc32(bytes)),
    topic,
    partition: lane.partition,
    key: file.birth.path,
    format,
    line: carry?.line ?? position.offset,
    part: (carry?.parts ?? 0) + 1,
    last: ended,
    fields,
    line_headers: lineHeaders,
    charset: window.charset.name,
    bytes: bytes.toString('base64'),
  }
  const facts = { lines: ended ? 1 : 0, records: 0, firstRecord: 0, crc32: 0 }
  const chunk = { file, session, before: position, after: behind(window, length, ended), ...facts }
  file.take(chunk)
  burials.add(chunk, letter)
  return length
}

/** The position behind so many bytes of the window's front: whole lines, or all of one. */
function behind(
  { bytes, start, position }: Window,
  length: number,
  ended: boolean,
  policy: NonNullable<Carry['rest']> = 'dead_lettered',
): Position {
  const end = start + length
  const { offset, carry } = position
  const line = carry?.line ?? offset
  const parts = (carry?.parts ?? 0) + 1
  const rest = carry?.rest ?? policy
  return {
    offset: offset + length,
    carry: ended ? null : { line, parts, rest },
    mark: digestOf(bytes.subarray(Math.max(0, end - MARK_MAX), end)),
  }
}
