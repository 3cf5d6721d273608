// Between identify and read: a new file gets its id, topic and partition, and they become durable before the first message
// that names them.

import { randomBytes } from 'node:crypto'
import type { Bookkeeping } from './bookkeeping.ts'
import type { Config } from './config/config.ts'
import { partitionOf } from './deliver/partition.ts'
import type { Routes } from './deliver/routes.ts'
import { bear, type Newborn, raise } from './files/birth.ts'
import type { Catalogue } from './files/catalogue.ts'
import { type Disk, type FileStat, inodeKey } from './files/disk.ts'
import type { BirthTimes } from './files/evidence.ts'
import type { Handles } from './files/handles.ts'
import type { NewFile } from './files/sight.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { topicAtBirth, topicInSession } from './message/topic-name.ts'
import type { Emit } from './observe/events.ts'
import type { Birth, Births } from './state/births.ts'
import type { Sessions } from './state/session.ts'
import type { Clock } from './support/clock.ts'
import { readable } from './support/errors.ts'

export interface EnrolmentParts {
  readonly config: () => Config
  readonly clock: Clock
  readonly disk: Disk
  readonly emit: Emit
  readonly catalogue: Catalogue
  readonly handles: Handles
  readonly birthTimes: BirthTimes
  readonly routes: Routes
  readonly sessions: Sessions
  readonly births: Births
  readonly books: Bookkeeping
  /** A file id; default: 128 random bits. */
  readonly randomId?: () => string
}

interface Placement {
  readonly file: TrackedFile
  readonly birth: Birth
}

export class Enrolment {
  readonly #parts: EnrolmentParts
  /** Files whose topic's partitions are not known yet. */
  readonly #unplaced = new Set<TrackedFile>()
  /** Sizes of new files that wait since their births could not be written. */
  #unborn: readonly number[] = []

  constructor(parts: EnrolmentParts) {
    this.#parts = parts
    for (const file of parts.catalogue.all()) if (this.#needsPlace(file)) this.#unplaced.add(file)
  }

  get unborn(): readonly number[] {
    return this.#unborn
  }

  /** Births are durable before the first message that names them; where that fails, new files wait. False then. */
  async bear(found: readonly NewFile[]): Promise<boolean> {
    const { config, births, catalogue, handles, sessions, clock, books, emit } = this.#parts
    const inputs = config().inputs.map(({ name }) => name)
    const fresh = inputs.filter((name) => !births.knowsInput(name))
    const newborn: Newborn[] = []
    for (const one of found) {
      const born = await this.#conceive(one, fresh.includes(one.candidate.input.name))
      if (born !== null) newborn.push(born)
    }
    const placed = this.#placements()
    this.#unborn = []
    // Writing nothing would be no sign that the state can be written.
    if (newborn.length + placed.length + fresh.length === 0) return found.length === 0
    const written = await books.tryWrite(() =>
      births.add([...newborn.map(({ birth }) => birth), ...placed.map(({ birth }) => birth)], fresh),
    )
    this.#unborn = written ? [] : newborn.map(({ from }) => from.stat.size)
    if (!written) {
      for (const { from } of newborn) await from.handle?.close()
      return false
    }
    this.#settle(placed)
    for (const one of newborn) {
      const file = raise(one, sessions.current.id, clock.monotonic())
      catalogue.add(file)
      if (this.#needsPlace(file)) this.#unplaced.add(file)
      if (one.from.handle !== null) await handles.adopt(file, one.from.handle)
      emit({ name: 'file_born', file })
    }
    return newborn.length === found.length
  }

  async #conceive(found: NewFile, inputIsNew: boolean): Promise<Newborn | null> {
    const { config, clock, disk, emit } = this.#parts
    const { path, input } = found.candidate
    const topic = topicAtBirth(input.topic, { path, host: config().host, input: input.name })
    const id = this.#parts.randomId?.() ?? randomBytes(16).toString('hex')
    try {
      const hole = this.#truncatedFrom(found.stat)
      const facts = { id, topic, partition: this.#partition(topic, path), inputIsNew, now: clock.now(), hole }
      return await bear(found, facts, disk)
    } catch (error) {
      emit({ name: 'file_unreadable', path, reason: readable(error) })
      await found.handle?.close()
      return null
    }
  }

  /** Size of the file that this inode held before it was truncated; 0 for an inode that was never seen, or is a new one. */
  #truncatedFrom(stat: FileStat): number {
    const former = this.#parts.catalogue.formerAt(inodeKey(stat))
    return former === undefined || this.#parts.birthTimes.differ(former, stat) ? 0 : former.size
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

  /** Files that were born while nobody knew the topic's partitions get theirs, as soon as somebody does. */
  async place(): Promise<void> {
    if (this.#unplaced.size === 0) return
    const { births, books } = this.#parts
    const placed = this.#placements()
    if (placed.length === 0) return
    if (await books.tryWrite(() => births.add(placed.map(({ birth }) => birth)))) this.#settle(placed)
  }

  #placements(): Placement[] {
    const placed: Placement[] = []
    for (const file of this.#unplaced) {
      // One that ended meanwhile will never be sent, and a forgotten one must not be born again.
      if (!this.#needsPlace(file) || this.#parts.catalogue.get(file.id) !== file) {
        this.#unplaced.delete(file)
        continue
      }
      const partition = this.#partition(file.birth.topic, file.birth.path)
      if (partition !== null) placed.push({ file, birth: { ...file.birth, partition } })
    }
    return placed
  }

  #settle(placed: readonly Placement[]): void {
    for (const { file, birth } of placed) {
      file.birth = birth
      file.dirty = true
      this.#unplaced.delete(file)
    }
  }

  #needsPlace(file: TrackedFile): boolean {
    return file.birth.partition === null && this.#parts.config().kafka.partitioner === 'file' && file.life !== 'ended'
  }
}
