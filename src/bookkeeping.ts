// Stage 7 as the round sees it: what is settled becomes durable, sessions are closed, files that are over are forgotten.

import type { Config } from './config/config.ts'
import type { Broker } from './deliver/broker.ts'
import { type Burial, type Burials, isLost } from './deliver/burials.ts'
import type { Catalogue } from './files/catalogue.ts'
import type { Disk } from './files/disk.ts'
import { Folders } from './files/folders.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { noteTrouble } from './files/trouble.ts'
import { Manifests } from './manifests.ts'
import type { Emit } from './observe/events.ts'
import type { Births } from './state/births.ts'
import type { Checkpoint } from './state/checkpoint.ts'
import type { DeadLetters } from './state/dead-letters.ts'
import type { StateFolder } from './state/folder.ts'
import type { Ledger } from './state/ledger.ts'
import type { ClosedSession, Sessions } from './state/session.ts'
import type { Clock } from './support/clock.ts'
import { PannierError, readable } from './support/errors.ts'

export interface BookkeepingParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly emit: Emit
  readonly catalogue: Catalogue
  readonly births: Births
  readonly checkpoint: Checkpoint
  readonly sessions: Sessions
  readonly burials: Burials
  readonly deadLetters: DeadLetters
  readonly folder: StateFolder
  readonly broker: Broker
  /** With `delivery = exactly_once`. */
  readonly ledger: Ledger | null
}

const STATE_RETRY_MS = 2_000
const FULL = 'it waits at what Kafka will never take: the dead letters have reached dead_letter_limit'
/** Rollovers in a row at which a listed folder did not hold a settled file, before it is forgotten. */
const MISSES_BEFORE_FORGETTING = 2

export class Bookkeeping {
  readonly #parts: BookkeepingParts
  #failing = false
  /** Monotonic milliseconds before which a state that failed is not tried again: each try writes a whole new generation. */
  #nextTry = 0
  #rolled = false
  /** The dead letters had no room lately. */
  #full = false
  readonly #manifests: Manifests

  constructor(parts: BookkeepingParts) {
    this.#parts = parts
    this.#manifests = new Manifests(parts)
  }

  /** The state could not be written lately. */
  get failing(): boolean {
    return this.#failing
  }

  /** Before leaving: a state that failed just now is tried once more. */
  tryAgain(): void {
    this.#nextTry = 0
  }

  /** Closes the session when its time has come. */
  async rollover(): Promise<void> {
    const { sessions, clock, emit } = this.#parts
    const closed = sessions.tick(clock.now())
    if (closed === null) return
    this.#rolled = true
    emit({ name: 'session_opened', session: sessions.current.id, closed: closed.id })
  }

  /** After the look of a round that rolled over: counts absences, in folders that could be asked. */
  async looked(disk: Disk): Promise<void> {
    if (!this.#rolled) return
    const folders = new Folders(disk)
    for (const file of this.#parts.catalogue.all()) {
      const over = (file.life === 'gone' || file.life === 'ended') && file.lag === 0 && !file.inFlight
      const misses = over && (await folders.lack(file)) ? file.misses + 1 : 0
      if (misses !== file.misses) file.dirty = true
      file.misses = misses
    }
  }

  /** One durable write when something moved; manifests of sessions whose books are final. */
  async write(): Promise<void> {
    await this.bury()
    const { catalogue, sessions, checkpoint } = this.#parts
    // Decided before the write, so that what a manifest says is in the checkpoint.
    const booked = sessions.closing.filter((closed) => this.#isBooked(closed))
    const moved: TrackedFile[] = []
    for (const file of catalogue.all()) if (file.dirty) moved.push(file)
    const session = sessions.dirty ? sessions.record : null
    this.#note(moved)
    const written = await this.tryWrite(async () => {
      await checkpoint.commit(moved, session)
      if (session !== null && session === sessions.record) sessions.dirty = false
      await checkpoint.compactIfLarge(catalogue.size)
    })
    if (!written) return
    for (const closed of booked) await this.#close(closed)
    if (this.#rolled) await this.#forget()
    this.#rolled = false
  }

  /** Kafka's checkpoint does not wait for the folder's, which only tells what the other holds. */
  #note(files: readonly TrackedFile[]): void {
    const { ledger, broker } = this.#parts
    for (const { id } of files) ledger?.note(id)
    broker.wake?.()
  }

  async #mend(file: string, journal: Births | Checkpoint): Promise<void> {
    const reason = await journal.mend()
    if (reason !== null) this.#parts.emit({ name: 'state_rewritten', file, reason })
  }

  /** Runs a write to the state; a failure is named once and tried again in the next round. False when it failed. */
  async tryWrite(write: () => Promise<void>): Promise<boolean> {
    const { clock } = this.#parts
    if (this.#failing && clock.monotonic() < this.#nextTry) return false
    try {
      // Also where nothing is to be written: what was durable once must stay so.
      await this.#mend('births', this.#parts.births)
      await this.#mend('checkpoint', this.#parts.checkpoint)
      await write()
      if (this.#failing) this.#parts.emit({ name: 'state_recovered' })
      this.#failing = false
      return true
    } catch (error) {
      const hint = error instanceof PannierError ? error.hint : null
      if (!this.#failing) this.#parts.emit({ name: 'state_failed', reason: readable(error), hint })
      this.#failing = true
      this.#nextTry = clock.monotonic() + STATE_RETRY_MS
      return false
    }
  }

  /** Dead letters are durable before the committed offset passes them. True when some were buried. */
  async bury(): Promise<boolean> {
    const { burials, deadLetters, clock, emit, ledger } = this.#parts
    if (burials.waiting.length === 0) return false
    // More may come while these are written.
    const waiting = [...burials.waiting]
    let buried = 0
    const letters = waiting.map(({ letter }) => letter)
    const written = await this.tryWrite(async () => {
      buried = await deadLetters.bury(letters, clock.now())
    })
    for (const { chunk, letter } of waiting.slice(0, buried)) {
      chunk.file.settle(chunk, 'dead_lettered', null)
      noteTrouble(chunk.file, null)
      ledger?.keep(letter, clock.now())
      emit({ name: (letter.part ?? 1) > 1 ? 'dead_letter_part' : 'dead_letter', ...letter })
    }
    if (written) this.#tellFull(buried < waiting.length, buried > 0)
    this.#giveBack(waiting.slice(buried))
    burials.done(waiting.slice(0, buried))
    return buried > 0
  }

  #tellFull(full: boolean, moved: boolean): void {
    const { deadLetters, emit } = this.#parts
    if (full && !this.#full) emit({ name: 'dead_letters_full', limit: deadLetters.limit })
    if (full || moved) this.#full = full
  }

  /** There is no room for them: their files wait, and the bytes wait in the files, not in memory (law 5). */
  #giveBack(burials: readonly Burial[]): void {
    const { clock } = this.#parts
    const back = burials.filter(({ chunk }) => !isLost(chunk))
    for (const { chunk } of back) {
      chunk.file.unread(chunk)
      this.#parts.burials.hold(chunk.file, clock.monotonic())
      if (this.#full) noteTrouble(chunk.file, FULL)
    }
    this.#parts.burials.done(back)
  }

  /** An ack may have come for bytes behind others that are still on their way: they are entered in file order. */
  #isBooked({ id }: ClosedSession): boolean {
    for (const file of this.#parts.catalogue.all()) if (file.awaits(id)) return false
    return true
  }

  async #close(session: ClosedSession): Promise<void> {
    const { catalogue, sessions } = this.#parts
    if (!(await this.#manifests.close(session, (write) => this.tryWrite(write)))) return
    for (const file of catalogue.all()) if (file.sessions.delete(session.id)) file.dirty = true
    sessions.done(session.id)
  }

  /** Only what is wholly settled, gone for two rollovers, and older than the sessions that are kept. */
  async #forget(): Promise<void> {
    const { catalogue, births, checkpoint, emit, config } = this.#parts
    const keep = Math.max(MISSES_BEFORE_FORGETTING, config().session.keepSessions)
    const over: TrackedFile[] = []
    for (const file of catalogue.all()) if (file.misses >= keep && file.sessions.size === 0) over.push(file)
    if (over.length === 0) return
    const ids = over.map(({ id }) => id)
    const written = await this.tryWrite(async () => {
      // In this order: a file without a birth goes on where it stood, a birth without a file would begin anew under its id.
      await births.forget(ids)
      await checkpoint.commit([], null, ids)
    })
    if (!written) return
    for (const file of over) {
      catalogue.forget(file)
      emit({ name: 'file_forgotten', file })
    }
    this.#note(over)
  }
}
