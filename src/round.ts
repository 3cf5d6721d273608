// The one round: discover, identify, read, chunk, wrap, deliver, checkpoint. It lasts an interval at most and never hangs on an ack.

import { randomBytes } from 'node:crypto'
import type { Config } from './config/config.ts'
import { partitionOf } from './deliver/partition.ts'
import { bear, type Newborn, raise } from './files/birth.ts'
import type { Catalogue } from './files/catalogue.ts'
import { discover } from './files/discover.ts'
import type { Disk } from './files/disk.ts'
import type { Identifier, Moment, NewFile } from './files/identify.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { topicAtBirth, topicInSession } from './message/topic-name.ts'
import type { Births, Birth } from './state/births.ts'
import type { Bookkeeping } from './bookkeeping.ts'
import { readable } from './support/errors.ts'
import type { Bell } from './support/wake.ts'
import { type TurnParts, Turns } from './turn.ts'
import { Work } from './work.ts'

export interface RoundParts extends TurnParts {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly identifier: Identifier
  readonly births: Births
  readonly books: Bookkeeping
  readonly bell: Bell
  /** 16 random bytes for a file id. */
  readonly randomId?: () => string
}

export interface RoundOptions {
  /** Milliseconds that the round may last. */
  readonly lasts: number
  /** Unfinished last lines are shipped as `partial` too. */
  readonly flushPartial?: boolean
  /** Ends the shipping early. */
  readonly signal?: AbortSignal
}

export interface RoundReport {
  /** All that was seen at the round's start is settled, but for unfinished lines. */
  readonly done: boolean
  /** Milliseconds that discover and identify took. */
  readonly looking: number
}

export class Round {
  readonly #parts: RoundParts
  readonly #turns: Turns
  readonly #work: Work

  constructor(parts: RoundParts) {
    this.#parts = parts
    this.#turns = new Turns(parts)
    this.#work = new Work(parts.catalogue, parts.config, (file) => this.#turns.inputOf(file))
  }

  get work(): Work {
    return this.#work
  }

  /** Runs all seven stages once. Failures of single files, of the state and of Kafka are events, not rejections. */
  async run(options: RoundOptions): Promise<RoundReport> {
    const { clock, books } = this.#parts
    const began = clock.monotonic()
    await books.rollover()
    const looking = await this.look()
    const done = await this.#ship(began + options.lasts, options)
    await this.checkpoint()
    return { done, looking }
  }

  /** discover, identify, births. Returns the milliseconds it took. */
  async look(): Promise<number> {
    const { clock, config, disk, identifier, sessions, books } = this.#parts
    const began = clock.monotonic()
    const discovery = await discover(config().inputs, disk)
    const moment: Moment = { now: clock.now(), monotonic: began, session: sessions.current.id }
    const found = await identifier.look(discovery, moment)
    books.looked(discovery)
    await this.#bear(found)
    return clock.monotonic() - began
  }

  /** Writes down what is settled. */
  async checkpoint(): Promise<void> {
    const { books, handles, clock } = this.#parts
    await books.write()
    const now = clock.monotonic()
    await handles.trim((file) => now - file.changedAt >= this.#turns.inputOf(file).closeInactive)
  }

  /** Births are durable before the first message that names them; where that fails, new files wait. */
  async #bear(found: readonly NewFile[]): Promise<void> {
    const { config, births, catalogue, handles, sessions, clock, books, emit } = this.#parts
    const inputs = config().inputs.map(({ name }) => name)
    const fresh = inputs.filter((name) => !births.knowsInput(name))
    const newborn: Newborn[] = []
    for (const one of found) {
      const born = await this.#conceive(one, fresh.includes(one.candidate.input.name))
      if (born !== null) newborn.push(born)
    }
    const placed = this.#place()
    const written = await books.tryWrite(() => births.add([...newborn.map(({ birth }) => birth), ...placed.map(({ birth }) => birth)], fresh))
    if (!written) {
      for (const { from } of newborn) await from.handle.close()
      return
    }
    for (const { file, birth } of placed) file.birth = birth
    for (const one of newborn) {
      const file = raise(one, sessions.current.id, clock.monotonic())
      catalogue.add(file)
      await handles.adopt(file, one.from.handle)
      emit({ name: 'file_born', file })
    }
  }

  async #conceive(found: NewFile, inputIsNew: boolean): Promise<Newborn | null> {
    const { config, clock, emit } = this.#parts
    const { path, input } = found.candidate
    const topic = topicAtBirth(input.topic, { path, host: config().host, input: input.name })
    const id = this.#parts.randomId?.() ?? randomBytes(16).toString('hex')
    try {
      return await bear(found, { id, topic, partition: this.#partition(topic, path), inputIsNew, now: clock.now() })
    } catch (error) {
      emit({ name: 'file_unreadable', path, reason: readable(error) })
      await found.handle.close()
      return null
    }
  }

  /** Null while the topic's partitions are not known, and where each message has its own. */
  #partition(topic: string, key: string): number | null {
    const { config, routes, sessions } = this.#parts
    if (config().kafka.partitioner === 'round_robin') return null
    try {
      const facts = routes.facts(topicInSession(topic, sessions.current.id))
      return facts === null || facts.partitions === 0 ? null : partitionOf(key, facts.partitions)
    } catch {
      return null
    }
  }

  /** Files that were born while nobody knew the topic's partitions get theirs. */
  #place(): { file: TrackedFile; birth: Birth }[] {
    const { config, catalogue } = this.#parts
    if (config().kafka.partitioner === 'round_robin') return []
    const placed: { file: TrackedFile; birth: Birth }[] = []
    for (const file of catalogue.all()) {
      if (file.birth.partition !== null || file.life === 'ended') continue
      const partition = this.#partition(file.birth.topic, file.birth.path)
      if (partition !== null) placed.push({ file, birth: { ...file.birth, partition } })
    }
    return placed
  }

  /** read, chunk, wrap, deliver, in fair turns. True when nothing is left to do. */
  async #ship(deadline: number, { flushPartial = false, signal }: RoundOptions): Promise<boolean> {
    const { clock, lanes, bell } = this.#parts
    for (;;) {
      const work = this.#work.list(clock.monotonic(), flushPartial)
      if (work.length === 0 && lanes.idle) return true
      const moved = await this.#pass(work, deadline, flushPartial, signal)
      lanes.flush()
      const left = deadline - clock.monotonic()
      if (left <= 0 || signal?.aborted === true) return false
      if (!moved) await bell.wait(left)
    }
  }

  /** One turn for each file that has something to say. False when none could be taken. */
  async #pass(work: readonly TrackedFile[], deadline: number, flushPartial: boolean, signal?: AbortSignal): Promise<boolean> {
    const { clock, identifier, sessions, config } = this.#parts
    let moved = false
    for (const file of work) {
      if (clock.monotonic() >= deadline || signal?.aborted === true) break
      if (file.birth.partition === null && config().kafka.partitioner === 'file') continue
      const monotonic = clock.monotonic()
      const result = await this.#turns.take(file, this.#work.tailOf(file, monotonic, flushPartial))
      if (result === 'nothing') continue
      this.#work.served(file)
      moved = true
      if (result === 'changed') await identifier.disown(file, { now: clock.now(), monotonic, session: sessions.current.id })
    }
    return moved
  }
}
