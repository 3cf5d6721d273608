// The one round: discover, identify, read, chunk, wrap, deliver, checkpoint. It lasts an interval at most and never hangs on an ack.

import type { InputConfig } from './config/config.ts'
import type { Lanes } from './deliver/lanes.ts'
import { Enrolment, type EnrolmentParts } from './enrol.ts'
import type { Catalogue } from './files/catalogue.ts'
import type { Discovery } from './files/discover.ts'
import { Discoverer } from './files/discoverer.ts'
import type { Disk } from './files/disk.ts'
import type { Gzips } from './files/gzips.ts'
import type { Identifier } from './files/identify.ts'
import type { Looks } from './files/looks.ts'
import { Release } from './files/release.ts'
import type { Moment } from './files/sight.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import type { Patience } from './lines/patience.ts'
import { Restraint } from './restraint.ts'
import { Completion, type CompletionParts } from './spool/completion.ts'
import { regainMoved } from './spool/regain.ts'
import { hasDates } from './support/date-tokens.ts'
import type { Bell } from './support/wake.ts'
import { type TurnParts, Turns } from './turn.ts'
import { Work } from './work.ts'

export interface RoundParts extends TurnParts, EnrolmentParts, CompletionParts {
  readonly disk: Disk
  readonly lanes: Lanes
  readonly catalogue: Catalogue
  readonly identifier: Identifier
  readonly gzips: Gzips
  readonly looks: Looks
  readonly bell: Bell
}

export interface RoundOptions {
  /** Milliseconds that the round may last. */
  readonly lasts: number
  /** How much of each file's end is shipped at least; `partial`: unfinished last lines too. */
  readonly flush?: Patience
  /** Nothing waits for a fuller message: the agent leaves. */
  readonly hurry?: boolean
  /** Asked between turns: true ends the shipping, so that the next round begins. */
  readonly cutShort?: () => boolean
  /** Ends the shipping early. */
  readonly signal?: AbortSignal
}

export interface RoundReport {
  /** All that was seen at the round's start is settled, but for unfinished lines. */
  readonly done: boolean
  /** Milliseconds that discover and identify took. */
  readonly looking: number
}

/** After so many, a file that nothing leads to is found or given up. */
const LOOKS_FOR_LOST = 5

export class Round {
  readonly #parts: RoundParts
  readonly #turns: Turns
  readonly #work: Work
  readonly #restraint: Restraint
  readonly #enrolment: Enrolment
  readonly #release: Release
  readonly #discoverer: Discoverer
  readonly #completion: Completion
  #discovery: Discovery | null = null
  #hasLooked = false
  /** That was told. */
  #daysLeftOut = false
  /** In the last look siblings had to wait for their path's own file, which is sought. */
  #isOvertaken = false

  constructor(parts: RoundParts) {
    this.#parts = parts
    this.#turns = new Turns(parts)
    this.#enrolment = new Enrolment(parts)
    this.#discoverer = new Discoverer(parts.disk)
    this.#completion = new Completion(parts)
    this.#release = new Release(parts.handles, parts.emit)
    const inputOf = (file: TrackedFile): InputConfig => this.#turns.inputOf(file)
    this.#work = new Work(parts.catalogue, parts.config, inputOf)
    const fills = (file: TrackedFile): number | null => parts.destinations.limit(file, inputOf(file))
    this.#restraint = new Restraint({ inputOf, fills })
  }

  get work(): Work {
    return this.#work
  }

  /** Sizes of new files that wait since their births could not be written. */
  get unborn(): readonly number[] {
    return this.#enrolment.unborn
  }

  /** Runs all seven stages once. Failures of single files, of the state and of Kafka are events, not rejections. */
  async run(options: RoundOptions): Promise<RoundReport> {
    const { clock, books } = this.#parts
    const began = clock.monotonic()
    await books.rollover()
    const looking = await this.look()
    // However long it looked, it ships for as long again: with very many files a short round would else ship nothing, for ever.
    const done = await this.#ship(Math.max(began + options.lasts, clock.monotonic() + looking), options)
    await this.checkpoint()
    this.#turns.rest()
    return { done: done && !this.#completion.isBusy, looking }
  }

  /** discover, identify, births. Returns the milliseconds it took. */
  async look(): Promise<number> {
    const { clock, config, disk, identifier, sessions, books, looks } = this.#parts
    const began = clock.monotonic()
    if (!this.#hasLooked) await regainMoved(this.#parts, config().inputs)
    this.#hasLooked = true
    await this.#release.overdue(began, (file) => this.#turns.inputOf(file).releaseDeletedAfter)
    const discovery = await this.#discoverer.look(config().inputs, this.#days(), {
      now: clock.now(),
      // Not from before the handles were closed: a clock that was set back meanwhile would be noticed one look late.
      monotonic: clock.monotonic(),
    })
    this.#discovery = discovery
    const moment: Moment = { now: clock.now(), monotonic: began, session: sessions.current.id }
    const { found, complete, overtaken } = await identifier.look(discovery, moment)
    this.#isOvertaken = overtaken
    await books.looked(disk)
    const born = await this.#enrolment.bear(found)
    if (born && complete) looks.complete(moment)
    this.#parts.destinations.reckon(this.#work.refresh())
    return clock.monotonic() - began
  }

  /** A large file of a spool is on its way to another volume. */
  get isCompleting(): boolean {
    return this.#completion.isBusy
  }

  /** A spool's files may still be written to, and are not taken yet. */
  get isSettling(): boolean {
    return this.#parts.identifier.isSettling
  }

  /** What date tokens stand for now, where there are any. */
  #days(): readonly string[] {
    const { config, clock, sessions, emit } = this.#parts
    const { inputs } = config()
    const areSought = inputs.some(({ inputpath }) => inputpath.some(hasDates))
    if (!areSought && !inputs.some(({ exclude }) => exclude.some(hasDates))) return []
    const { days, leftOut } = sessions.days(clock.now())
    const tells = leftOut > 0 && areSought
    if (tells && !this.#daysLeftOut) emit({ name: 'days_left_out', first: days[0] as string, leftOut })
    this.#daysLeftOut = tells
    return days
  }

  /** Looks until all is known of the `.gz` files that are there, and of what was rotated away unseen, or `until` has come. */
  async lookInside(until: () => number): Promise<void> {
    const { clock, gzips } = this.#parts
    await this.look()
    let looks = LOOKS_FOR_LOST
    while ((gzips.isPending || (this.#isOvertaken && looks-- > 0)) && clock.monotonic() < until()) {
      while (clock.monotonic() < until() && (await gzips.step()));
      await this.look()
    }
  }

  /** Writes down what is settled. */
  async checkpoint(): Promise<void> {
    const { books, handles, clock } = this.#parts
    await books.write()
    const now = clock.monotonic()
    if (!books.failing) await this.#completion.run(this.#discovery, now)
    await handles.trim((file) => {
      const { mode, spoolQuiet, closeInactive } = this.#turns.inputOf(file)
      // Also what was deleted: who still writes to it writes where nobody else can read.
      return now - file.changedAt >= (mode === 'spool' ? Math.min(spoolQuiet, closeInactive) : closeInactive)
    })
    this.#completion.release()
  }

  /** read, chunk, wrap, deliver, in fair turns. True when nothing is left to do. */
  async #ship(deadline: number, options: RoundOptions): Promise<boolean> {
    const { flush = 'wait', cutShort, signal } = options
    const { clock, lanes, bell, gzips, books } = this.#parts
    for (;;) {
      await this.#enrolment.place()
      const work = this.#work.list(clock.monotonic(), flush)
      this.#restraint.begin(work, clock.monotonic())
      // What was found out is for the next look to see.
      if (work.length === 0 && lanes.idle && !gzips.isBusy) return !gzips.isPending
      const moved = await this.#pass(work, deadline, options)
      lanes.flush()
      // Within the round: what waits to be buried is in memory, and its files wait too.
      const buried = await books.bury()
      const stepped = await gzips.step()
      const now = clock.monotonic()
      if (now >= deadline || signal?.aborted === true || cutShort?.() === true) return false
      if (!moved && !buried && !stepped) await bell.wait(Math.min(deadline, this.#restraint.until) - now)
    }
  }

  /** One turn for each file that has something to say. False when none could be taken. */
  async #pass(
    work: readonly TrackedFile[],
    deadline: number,
    { flush = 'wait', hurry = false, signal }: RoundOptions,
  ): Promise<boolean> {
    const { clock, identifier, config } = this.#parts
    let moved = false
    for (const file of work) {
      if (clock.monotonic() >= deadline || signal?.aborted === true) break
      if (file.birth.partition === null && config().kafka.partitioner === 'file') continue
      const monotonic = clock.monotonic()
      if (this.#work.mustWait(file, monotonic, flush)) continue
      if (this.#restraint.holds(file, monotonic, hurry)) continue
      const { offset } = file.cursor
      const result = await this.#turns.take(file, this.#work.tailOf(file, monotonic, flush))
      this.#restraint.took(file, Math.max(0, file.cursor.offset - offset), monotonic)
      if (result === 'nothing') continue
      this.#work.served(file)
      moved = true
      if (result !== 'changed') continue
      await identifier.disown(file)
    }
    return moved
  }
}
