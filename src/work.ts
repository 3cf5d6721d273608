// Which files have something to say now, and in which order: what may vanish first, then who waited longest; of the files born at
// one path the oldest, so that what is read of a path keeps its order over rotations.

import type { Config, InputConfig } from './config/config.ts'
import type { Catalogue } from './files/catalogue.ts'
import { soughtHole } from './files/hole.ts'
import { isStalled } from './files/stalled.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { isLess, type Patience } from './lines/patience.ts'

/** Files that may vanish are served before those that waited up to so many turns longer, but not for ever. */
const HEAD_START = 1000

export class Work {
  readonly #catalogue: Catalogue
  readonly #config: () => Config
  readonly #inputOf: (file: TrackedFile) => InputConfig
  /** Monotonic milliseconds since when a younger file waits for one whose bytes are sought. */
  readonly #sought = new WeakMap<TrackedFile, number>()
  /** What was unsettled at the last look: nothing else can have work before the next one. */
  #unsettled: TrackedFile[] = []
  /** Of files born at one path, the one that was born before. */
  #elders = new Map<TrackedFile, TrackedFile>()
  #turns = 0
  /** The one compressed file that is being read, and its last turn when the round began. */
  #unpacking: TrackedFile | null = null
  #unpackedBefore = 0

  constructor(catalogue: Catalogue, config: () => Config, inputOf: (file: TrackedFile) => InputConfig) {
    this.#catalogue = catalogue
    this.#config = config
    this.#inputOf = inputOf
  }

  /** After a look: notes which files have unsettled bytes, so that many idle files cost nothing in between. */
  refresh(): readonly TrackedFile[] {
    this.#passOn()
    this.#unsettled = []
    this.#elders = new Map()
    const youngest = new Map<string, TrackedFile>()
    for (const file of this.#inOrder()) {
      if (file.lag > 0) this.#unsettled.push(file)
      const elder = youngest.get(file.birth.path)
      if (elder !== undefined) this.#elders.set(file, elder)
      youngest.set(file.birth.path, file)
    }
    return this.#unsettled
  }

  /**
   * The catalogue has them in the order of their births; but what is new in a file that was empty may have come last. One that
   * vanished from its own path may have grown before; what was rotated away is deleted some day, and holds nobody.
   */
  #inOrder(): TrackedFile[] {
    const files: TrackedFile[] = []
    const last: TrackedFile[] = []
    for (const file of this.#catalogue.all())
      if (file.lag > 0 || (file.life !== 'rotated' && isLost(file))) (isUnread(file) ? last : files).push(file)
    return [...files, ...last]
  }

  served(file: TrackedFile): void {
    file.served = ++this.#turns
  }

  /** @param monotonic milliseconds; `flush`: how much of a file's end is work at least */
  list(monotonic: number, flush: Patience): TrackedFile[] {
    const files = this.#unsettled.filter((file) => this.#hasWork(file, monotonic, flush))
    const sorted = files.toSorted((a, b) => this.#urgency(a) - this.#urgency(b))
    return this.#oneCompressed(this.#elders.size === 0 ? sorted : this.#eldersFirst(sorted, files))
  }

  /** Compressed files are read one after the other: each holds memory, and going back into one means to start it over. */
  #oneCompressed(files: TrackedFile[]): TrackedFile[] {
    const first = files.find(isCompressed)
    if (first === undefined) return files
    if (this.#unpacking === null || !files.includes(this.#unpacking)) this.#unpacking = first
    return files.filter((file) => !isCompressed(file) || file === this.#unpacking)
  }

  /** One that did not move in a whole round, since its partition does not, lets another try. */
  #passOn(): void {
    const file = this.#unpacking
    if (file === null) return
    const { served } = file
    if (served === this.#unpackedBefore) {
      this.served(file)
      this.#unpacking = null
    }
    this.#unpackedBefore = served
  }

  /**
   * A file born earlier at the same path still has work that can be read now, or soon, so that this one's has to come after it.
   * Asked before each turn: an elder that has come to an unfinished line, or cannot be read, holds nobody.
   */
  mustWait(file: TrackedFile, monotonic: number, flush: Patience): boolean {
    // Nothing is sent while its hole is sought, and a truncation must not come before that.
    if (soughtHole(file) !== null) return false
    for (let elder = this.#elders.get(file); elder !== undefined; elder = this.#elders.get(elder))
      if (isSameLane(elder, file) && (this.#hasWork(elder, monotonic, flush) || this.#isSought(elder, monotonic)))
        return true
    return false
  }

  /** The next looks seek where its bytes are, also those that were never seen. Not for ever. */
  #isSought(file: TrackedFile, monotonic: number): boolean {
    if (!isLost(file)) {
      this.#sought.delete(file)
      return false
    }
    const since = this.#sought.get(file) ?? monotonic
    this.#sought.set(file, since)
    return monotonic - since < this.#inputOf(file).rotatedQuiet
  }

  /** The places that the files of one path have are given to them in the order of their births. */
  #eldersFirst(sorted: readonly TrackedFile[], inOrder: readonly TrackedFile[]): TrackedFile[] {
    const queues = new Map<string, TrackedFile[]>()
    for (const file of inOrder) {
      const queue = queues.get(file.birth.path)
      if (queue === undefined) queues.set(file.birth.path, [file])
      else queue.push(file)
    }
    for (const queue of queues.values()) queue.reverse()
    return sorted.map((file) => queues.get(file.birth.path)?.pop() ?? file)
  }

  #urgency(file: TrackedFile): number {
    return file.life === 'living' ? file.served : file.served - HEAD_START
  }

  #hasWork(file: TrackedFile, monotonic: number, flush: Patience): boolean {
    if (file.size <= file.cursor.offset || !canBeRead(file)) return false
    return !isStalled(file, this.tailOf(file, monotonic, flush))
  }

  /** How much of this file's end is shipped now: at least what `flush` says. */
  tailOf(file: TrackedFile, monotonic: number, flush: Patience): Patience {
    const own = this.#ownTail(file, monotonic)
    return isLess(own, flush) ? flush : own
  }

  #ownTail(file: TrackedFile, monotonic: number): Patience {
    const quiet = monotonic - file.changedAt
    const { flushPartialAfter } = this.#config().shutdown
    const { mode, spoolQuiet, rotatedQuiet, message } = this.#inputOf(file)
    // A spool's file is finished, also without a line end.
    if (mode === 'spool' && quiet >= spoolQuiet) return 'partial'
    const after = file.life === 'living' ? flushPartialAfter : rotatedQuiet
    if (mode !== 'spool' && (file.life !== 'living' || after > 0) && quiet >= after) return 'partial'
    // What was rotated away goes on with a new file: its last event comes before that, whole or not.
    const isOver = message.rules?.start == null || file.life !== 'living' || quiet >= message.multilineTimeout
    return isOver ? 'lines' : 'wait'
  }
}

/** What is at the path now, of which nothing was read. */
const isUnread = ({ life, cursor }: TrackedFile): boolean => life === 'living' && cursor.offset === 0

const isCompressed = (file: TrackedFile): boolean => file.identity.packed !== undefined

/** Where messages go to several partitions there is no order to keep. */
const isSameLane = ({ birth: a }: TrackedFile, { birth: b }: TrackedFile): boolean =>
  a.partition !== null && a.partition === b.partition && a.topic === b.topic

/** It has no name or no inode since just now, and what it held may be in a copy or a `.gz`. */
const isLost = ({ life, handle, lostRounds }: TrackedFile): boolean =>
  life === 'displaced' || ((life === 'living' || life === 'rotated') && handle === null && lostRounds > 0)

export const canBeRead = (file: TrackedFile): boolean =>
  !file.blocked && (file.life === 'living' || file.life === 'rotated' || file.life === 'deleted')
