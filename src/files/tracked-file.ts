// One file that the agent knows: its identity, how far it is read, and how far it is settled (the prefix rule, law 1).

import type { Patience } from '../lines/patience.ts'
import type { Birth } from '../state/births.ts'
import { type Account, enter, type FileSession, noTotals, type Totals } from './accounts.ts'
import type { FileStat, OpenFile } from './disk.ts'
import { FileSessions } from './file-sessions.ts'
import type { Hole } from './hole.ts'
import type { Identity } from './identity.ts'
import type { LastStat } from './last-stat.ts'
import type { Life } from './life.ts'
import { type Position, trailWith } from './position.ts'
import type { Span, Stretch } from './stretch.ts'

export interface TrackedFileStart {
  readonly birth: Birth
  readonly identity: Identity
  readonly path: string
  readonly size: number
  readonly settled: Position
  readonly life: Life
  readonly totals?: Totals
  readonly sessions?: readonly FileSession[]
  readonly misses?: number
  readonly cutOff?: number
  readonly hole?: Hole | null
  readonly spans?: readonly Span[]
}

/** Of the many files of which nothing is on its way: never written to. */
const NO_SPANS: Span[] = []
const NO_TRAIL: readonly Position[] = []

export class TrackedFile {
  /** Its partition may become known later than the rest. */
  birth: Birth
  identity: Identity
  /** Where it was last found. `birth.path` is the name that messages carry. */
  path: string
  life: Life
  /** The greatest size seen while it was this file. */
  size: number
  /** The committed offset, once a checkpoint holds it. */
  settled: Position
  /** What the next read begins with. */
  cursor: Position
  readonly totals: Totals
  readonly sessions: FileSessions
  /** Abandoned bytes behind `size`, since the file was cut: accounts and lag add up to `size + cutOff`. */
  cutOff: number
  /** Rollovers in a row at which its listed folder did not hold its inode. */
  misses: number
  /** The state must be written again: `settled` moved, or the books did. */
  dirty = false
  handle: OpenFile | null = null
  /** Of the last look, no more than is compared; null before the first. */
  lastStat: LastStat | null = null
  /** `lastStat` proves nothing: another change may bear the same time, or the content could not be compared. */
  fresh = false
  /** Monotonic milliseconds of the last change that was seen. */
  changedAt = 0
  /** Size at which the unread bytes were found to be an unfinished line; -1: not known. */
  stalledAt = -1
  /** How much of its end was to be shipped when that was found. */
  stalledWith: Patience = 'wait'
  /** Why it could not be read lately; named once. */
  trouble: string | null = null
  /** Not to be tried again in this round. */
  blocked = false
  /** Number of the turn in which it was last served. */
  served = 0
  /** Rounds in a row in which nothing led to it. */
  lostRounds = 0
  /** Number of the last look in which a path of an input led to it. */
  sightedIn = 0
  /** NULs at its start that are no bytes of it, or may be; null: none. */
  hole: Hole | null
  /** The last settled positions: marks that a shorter copy of the file can be known by. */
  trail: readonly Position[] = NO_TRAIL
  #spans: Span[] = NO_SPANS

  constructor(start: TrackedFileStart) {
    this.birth = start.birth
    this.identity = start.identity
    // The same text may be another string: of a hundred thousand files one is enough.
    this.path = start.path === start.birth.path ? start.birth.path : start.path
    this.life = start.life
    this.size = Math.max(start.size, start.settled.offset)
    this.settled = start.settled
    this.cursor = start.settled
    this.totals = start.totals ?? noTotals()
    this.misses = start.misses ?? 0
    this.cutOff = start.cutOff ?? 0
    this.hole = start.hole ?? null
    this.sessions = new FileSessions(start.sessions ?? [])
    if (start.spans !== undefined) this.#spans = [...start.spans]
  }

  get id(): string {
    return this.birth.id
  }

  /** Its bytes can still be read again, so that what Kafka refuses need not be kept in memory. */
  get rereadable(): boolean {
    return this.life === 'living' || this.life === 'rotated' || this.life === 'deleted'
  }

  /** Bytes seen and not settled. */
  get lag(): number {
    return this.size - this.settled.offset
  }

  get inFlight(): boolean {
    return this.#spans.length > 0
  }

  /** What was read, or skipped, and is not settled, in file order. */
  get onTheWay(): readonly Span[] {
    return this.#spans
  }

  /** Bytes of this session are not in its book yet. */
  awaits(session: string): boolean {
    return this.#spans.some((span) => span.session === session)
  }

  /** Offset at which a re-read must stop, since what follows was read before and is still on its way or settled. */
  get readLimit(): number {
    return this.#spanFrom(this.cursor.offset)?.before.offset ?? Number.POSITIVE_INFINITY
  }

  /** Greatest offset up to which it was ever read: what is shorter than that was cut. */
  get readEnd(): number {
    return Math.max(this.cursor.offset, this.#spans.at(-1)?.after.offset ?? 0)
  }

  /** Notes that `chunk` was read from `cursor`, and moves the cursor behind it (and what was read there before). */
  take(chunk: Stretch): void {
    const { before, after, session } = chunk
    this.#insert({ before, after, session, chunk, account: null, first: null })
  }

  /** The chunk's bytes are settled; `first` is the Kafka offset of its first message. Unknown chunks are ignored. */
  settle(chunk: Stretch, account: Account, first: number | null): void {
    const span = this.#spans.find((candidate) => candidate.chunk === chunk)
    if (span === undefined) return
    span.account = account
    span.first = first
    this.#advance()
  }

  /** The chunk was definitely not delivered: its bytes are read again. */
  unread(chunk: Stretch): void {
    const index = this.#spans.findIndex((candidate) => candidate.chunk === chunk)
    if (index < 0) return
    this.#spans.splice(index, 1)
    this.stalledAt = -1
    if (chunk.before.offset < this.cursor.offset) this.cursor = chunk.before
  }

  /** Settles all from the cursor to `after` without reading it, but for what is on its way. Returns the number of bytes. */
  skipTo(after: Position, account: Account, session: string): number {
    let bytes = 0
    while (this.cursor.offset < after.offset) {
      const before = this.cursor
      const next = this.#spanFrom(before.offset)?.before
      const end = next !== undefined && next.offset < after.offset ? next : after
      bytes += end.offset - before.offset
      this.#insert({ before, after: end, session, chunk: null, account, first: null })
    }
    return bytes
  }

  /** Gives up what was seen and not read. Returns the number of bytes, which whoever calls has to tell of. */
  abandonRest(session: string): number {
    return this.skipTo({ ...this.cursor, offset: this.size, carry: null }, 'abandoned', session)
  }

  /** It was found shorter than it was seen to be, not shorter than what was read: what is gone is abandoned. Returns its bytes. */
  cutTo(size: number, session: string): number {
    const bytes = this.size - size
    if (bytes <= 0) return 0
    this.size = size
    this.cutOff += bytes
    this.totals.abandoned += bytes
    this.book(session).abandoned += bytes
    this.dirty = true
    return bytes
  }

  /** What the next look is compared with. */
  looked({ size, mtime, ctime }: FileStat): void {
    // Nearly always the same number: kept once.
    this.lastStat = { size, mtime, ctime: ctime === mtime ? mtime : ctime }
  }

  /** The size of a look; durable with the next checkpoint, so that what is pending is missed also after a crash. */
  seen(size: number): void {
    if (size !== this.size) this.dirty = true
    this.size = size
  }

  /** This file's books of a session; opened when there are none. */
  book(session: string): FileSession {
    return this.sessions.open(session)
  }

  /** The first that begins there or behind it; nearly always there is none, and thousands lie before it. */
  #spanFrom(offset: number): Span | undefined {
    if ((this.#spans.at(-1)?.before.offset ?? -1) < offset) return undefined
    return this.#spans.find(({ before }) => before.offset >= offset)
  }

  #insert(span: Span): void {
    const next = this.#spanFrom(span.after.offset)
    this.cursor = span.after
    if (this.#spans === NO_SPANS) this.#spans = []
    this.#spans.splice(next === undefined ? this.#spans.length : this.#spans.indexOf(next), 0, span)
    if (next !== undefined)
      for (const other of this.#spans) if (other.before.offset === this.cursor.offset) this.cursor = other.after
    this.#advance()
  }

  #advance(): void {
    for (let span = this.#spans[0]; span !== undefined; span = this.#spans[0]) {
      if (span.account === null || span.before.offset !== this.settled.offset) return
      this.#spans.shift()
      // An array keeps the room of what it once held.
      if (this.#spans.length === 0) this.#spans = NO_SPANS
      this.#enter(span, span.account)
      const before = this.settled
      this.settled = span.after
      // The first one is what is settled, and need not stand in both.
      if (before.offset > this.birth.start)
        this.trail = trailWith(this.trail === NO_TRAIL ? [before] : this.trail, span.after)
      this.dirty = true
    }
  }

  #enter(span: Span, account: Account): void {
    const { chunk, first } = span
    const messages = chunk?.records ?? 0
    const start = span.before.offset
    const end = span.after.offset
    const last = first === null ? null : first + messages - 1
    const entry = { start, end, account, lines: chunk?.lines ?? 0, messages, crc32: chunk?.crc32 ?? 0, first, last }
    enter(this.book(span.session), entry)
    this.totals[account] += end - start
  }
}
