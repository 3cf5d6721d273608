// What was read of one file becomes pieces, and those messages in the batch of its lane; or it is left out, or waits.

import type { Charsets } from './charsets.ts'
import type { Config, InputConfig } from './config/config.ts'
import type { Burials } from './deliver/burials.ts'
import type { Destination, Destinations } from './deliver/destinations.ts'
import { firstLines, type Probes } from './deliver/probes.ts'
import type { Window } from './files/read.ts'
import { stall } from './files/stalled.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { noteTrouble } from './files/trouble.ts'
import { isDivided, type Tail } from './lines/chunk.ts'
import { select } from './lines/select.ts'
import { buryPart, byPolicy, leaveOutLines, leaveOutRest } from './long-line.ts'
import { BATCH_HEAD, type Batch, roomIn } from './message/batch.ts'
import { formatOf } from './message/formats.ts'
import { type Wrapping, wrap } from './message/wrap.ts'
import type { Emit } from './observe/events.ts'
import type { Sessions } from './state/session.ts'

export interface CuttingParts {
  readonly config: () => Config
  readonly emit: Emit
  readonly destinations: Destinations
  readonly sessions: Sessions
  readonly probes: Probes
  readonly burials: Burials
  readonly charsets: Charsets
}

export class Cutting {
  readonly #parts: CuttingParts

  constructor(parts: CuttingParts) {
    this.#parts = parts
  }

  /** The next piece, wrapped and with its lane, or left out. Returns the bytes taken; 0 when the window's rest has to wait. */
  next(file: TrackedFile, input: InputConfig, window: Window, route: Destination, tail: Tail): number {
    const { probes, burials, sessions, destinations } = this.#parts
    const { offset, carry } = window.position
    if (burials.isAwaited(file)) return 0
    if (carry?.rest !== undefined) return this.#leaveOut(file, input, window, route, tail)
    const session = sessions.current.id
    const format = formatOf(input.message, this.#parts.config().host, session, file.birth, window.charset)
    const batch = destinations.open(route)
    if (batch === null) return 0
    const fullRoom = Math.min(batch.limit, route.limit) - BATCH_HEAD
    const alone = probes.isAlone(file)
    const unread = window.bytes.subarray(window.start, window.end)
    const bytes = firstLines(unread, probes.linesOf(file), offset, window.charset.ends)
    // What is probed need not be a whole event.
    const source = { bytes, offset, carry, tail: bytes.length < unread.length ? 'lines' : tail }
    const left = Math.min(roomIn(batch), route.limit - batch.end)
    const room = roomFor(left, fullRoom, batch.records > 0, alone, file.size - offset)
    const piece = select(source, format, input.message.rules, room, fullRoom)
    if (piece === 'full') return this.#inNextBatch(file, input, window, route, tail)
    if (piece === 'wait') return this.#wait(file, window, route, tail)
    if ('dropped' in piece) {
      destinations.dropEmpty(route.lane)
      return leaveOutLines(this.#parts, file, window, piece)
    }
    const { longLine } = input.message
    if (piece.divided === true || (isDivided(piece) && (piece.part === 1 || longLine !== 'split'))) {
      if (destinations.widen(batch, route)) return this.next(file, input, window, route, tail)
      // A line that fits a message must not be left out for want of memory.
      if (longLine !== 'split' && isDivided(piece) && batch.limit < route.limit) return this.#dropped(route)
    }
    if (piece.bytes === 0) {
      destinations.dropEmpty(route.lane)
      const reason = `its name and metadata alone need more than max_message_length = ${route.limit} bytes`
      if (noteTrouble(file, reason)) this.#parts.emit({ name: 'file_unwrappable', file, reason })
      file.blocked = true
      return 0
    }
    if (isDivided(piece) && longLine === 'dead_letter') {
      destinations.dropEmpty(route.lane)
      return buryPart(this.#parts, { file, input }, window, route, { length: piece.bytes, ended: false })
    }
    return this.#wrap(file, { session, format, window, piece: byPolicy(piece, longLine) }, batch, route, fullRoom)
  }

  #wrap(
    file: TrackedFile,
    wrapping: Omit<Wrapping, 'file'>,
    batch: Batch,
    { lane }: Destination,
    fullRoom: number,
  ): number {
    const { probes, destinations, charsets, emit } = this.#parts
    const { piece, window } = wrapping
    const { bytes, rest } = piece
    const alone = probes.isAlone(file)
    const chunk = wrap(batch, { file, ...wrapping })
    file.take(chunk)
    charsets.note(file, window.charset, { offset: chunk.before.offset, piece }, emit)
    noteTrouble(file, null)
    probes.taken(file)
    batch.plain = alone
    const line = chunk.after.carry?.line
    if (rest !== undefined && line !== undefined) emit({ name: 'line_truncated', file, line, end: chunk.after.offset })
    if (alone || roomIn(batch) < fullRoom / 16) destinations.send(lane)
    return bytes
  }

  #leaveOut(file: TrackedFile, input: InputConfig, window: Window, route: Destination, tail: Tail): number {
    const taken = leaveOutRest(this.#parts, { file, input }, window, route, tail)
    if (taken === 'wait') return this.#wait(file, window, route, tail)
    return taken
  }

  #wait(file: TrackedFile, window: Window, route: Destination, tail: Tail): 0 {
    if (endOf(window) >= file.size) stall(file, tail === 'more' || tail === 'part' ? file.stalledWith : tail)
    return this.#dropped(route)
  }

  /** For now nothing is put into a batch that was begun for it. */
  #dropped({ lane }: Destination): 0 {
    this.#parts.destinations.dropEmpty(lane)
    return 0
  }

  /** The batch being filled has no room for the piece: it goes on its way, and the piece begins the next one. */
  #inNextBatch(file: TrackedFile, input: InputConfig, window: Window, route: Destination, tail: Tail): number {
    this.#parts.destinations.send(route.lane)
    return route.lane.open === null ? this.next(file, input, window, route, tail) : 0
  }
}

/** Offset in the file at which the window ends. */
export const endOf = (window: Window): number => window.position.offset + window.end - window.start

/**
 * What a piece may take of a batch that holds others. Fewer, larger messages are the point: a file that has more to say than
 * what is left begins a batch of its own.
 */
function roomFor(room: number, fullRoom: number, holdsOthers: boolean, alone: boolean, rest: number): number {
  if (!holdsOthers) return fullRoom
  return alone || (rest > room && room < fullRoom / 2) ? 0 : room
}
