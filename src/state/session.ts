// Sessions: what was shipped between two rollovers. The clock given to `tick` and the cron expression decide; node-cron only wakes.

import type { SessionConfig } from '../config/config.ts'
import { localDate, nextRollover, rolloverDue, sessionId } from './calendar.ts'
import { type Days, daysOf } from './days.ts'

export interface OpenSession {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly opened: number
  /** When it is to be closed. */
  readonly due: number
  /** The rollover and time zone that `due` was reckoned with. */
  readonly rule: string
  /** Bytes of acked batches as they were laid out and as they were sent; absent while nothing was compressed. */
  readonly packed?: { readonly encoded: number; readonly sent: number }
}

export interface ClosedSession {
  readonly id: string
  readonly opened: number
  readonly closed: number
}

export interface SessionRecord {
  readonly current: OpenSession
  /** Closed, but the manifest is not yet written, or not yet published. */
  readonly closing: readonly ClosedSession[]
  /** Ids given lately, so that none is given twice. */
  readonly recent: readonly string[]
}

/** Sessions of one day are told apart by these. */
const RECENT_IDS = 100

/** The local date of a session's opening. */
const dateOf = (id: string): string => id.slice(0, 10)

export class Sessions {
  readonly #config: Pick<SessionConfig, 'rollover' | 'timezone'>
  #record: SessionRecord
  /** The state must be written again. */
  dirty: boolean

  /** @param now milliseconds since the epoch; a session is opened then when the state holds none */
  constructor(config: Pick<SessionConfig, 'rollover' | 'timezone'>, state: SessionRecord | null, now: number) {
    this.#config = config
    this.dirty = state === null
    this.#record = state ?? { ...this.#open(now, []), closing: [] }
    if (this.current.rule === this.#rule) return
    const { rollover, timezone } = config
    this.#set({
      ...this.#record,
      current: { ...this.current, due: nextRollover(rollover, timezone, now), rule: this.#rule },
    })
  }

  get #rule(): string {
    return `${this.#config.rollover} ${this.#config.timezone}`
  }

  get current(): OpenSession {
    return this.#record.current
  }

  get record(): SessionRecord {
    return this.#record
  }

  /** A batch was acked that took `sent` bytes on its way, and `encoded` before. */
  packed(encoded: number, sent: number): void {
    const { current } = this.#record
    const before = current.packed ?? { encoded: 0, sent: 0 }
    const packed = { encoded: before.encoded + encoded, sent: before.sent + sent }
    this.#set({ ...this.#record, current: { ...current, packed } })
  }

  /** Closes the session and opens the next when its time has come, also when it came while nobody looked. */
  tick(now: number): ClosedSession | null {
    const { current, closing, recent } = this.#record
    const { roll, due } = rolloverDue(current, now, this.#config.rollover, this.#config.timezone)
    if (!roll) {
      if (due !== current.due) this.#set({ ...this.#record, current: { ...current, due } })
      return null
    }
    const closed = { id: current.id, opened: current.opened, closed: now }
    this.#set({ ...this.#open(now, recent), closing: [...closing, closed] })
    return closed
  }

  /** What date tokens in globs stand for. */
  days(now: number): Days {
    const { current, recent } = this.#record
    const previous = recent.at(-2) ?? current.id
    return daysOf(dateOf(previous), dateOf(current.id), localDate(now, this.#config.timezone))
  }

  /** Closed sessions whose manifests are not where they belong yet. */
  get closing(): readonly ClosedSession[] {
    return this.#record.closing
  }

  /** The manifest is where it belongs. */
  done(id: string): void {
    this.#set({ ...this.#record, closing: this.#record.closing.filter((session) => session.id !== id) })
  }

  #open(now: number, recent: readonly string[]): Pick<SessionRecord, 'current' | 'recent'> {
    const { rollover, timezone } = this.#config
    const id = sessionId(now, timezone, (candidate) => recent.includes(candidate))
    const due = nextRollover(rollover, timezone, now)
    return { current: { id, opened: now, due, rule: this.#rule }, recent: [...recent, id].slice(-RECENT_IDS) }
  }

  #set(record: SessionRecord): void {
    this.#record = record
    this.dirty = true
  }
}
