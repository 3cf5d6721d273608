// Law 3, asked at every append to the simulated log: each message is what its file held, in order, twice only with a cause.

import type { TrackedFile } from '../../../src/files/tracked-file.ts'
import type { Batch } from '../../../src/message/batch.ts'
import { type Range, takeNew } from '../../../tools/oracle/ranges.ts'
import type { DecodedMessage } from '../../../tools/oracle/source-bytes.ts'
import type { Content, Inode } from '../content.ts'
import { SimHandle } from '../disk.ts'
import type { SimFiles } from '../files.ts'
import type { Kernel } from '../kernel.ts'
import { covered, endOf } from './spans.ts'

/** All that is known of one file id. */
export interface Entry {
  readonly id: string
  readonly filename: string
  readonly inode: Inode
  readonly born: Content
  readonly start: number
  /** Of bytes that the log holds, that are dead letters, and either. */
  readonly held: Range[]
  readonly dead: Range[]
  readonly settled: Range[]
  /** Bytes that may come a second time. */
  again: Range[]
  bytes: Buffer
  /** Contents that are not what was shipped, and those that are, so far. */
  readonly excluded: Set<Content>
  readonly compared: Set<Content>
  /** Number of the part that ends at an offset. */
  readonly partEnds: Map<number, number>
  place: string | null
  /** Bytes of which an event said that they are abandoned. */
  abandoned: number
  /** Settled at the last checkpoint that was reported as written. */
  committed: number
  /** A refused batch had to be cut anew while a later one waited. */
  disordered: boolean
}

export interface Logged {
  readonly id: string
  readonly start: number
  readonly end: number
  readonly session: string | null
}

export class Ledger {
  readonly entries = new Map<string, Entry>()
  readonly log = new Map<string, Logged[]>()
  /** Whether births that survive a crash name the file id. */
  isBorn: (id: string) => boolean = () => true
  ordered = true
  readonly #kernel: Kernel
  readonly #files: SimFiles

  constructor(kernel: Kernel, files: SimFiles) {
    this.#kernel = kernel
    this.#files = files
  }

  born(file: TrackedFile): void {
    const { id, handle, birth } = file
    if (!(handle instanceof SimHandle)) return this.#kernel.fail('births', `${id} was born without a handle`)
    const { inode, headOf: born } = handle
    if (this.entries.has(id)) return this.#kernel.fail('law 3', `the file id ${id} was given twice`)
    born.born = true
    this.entries.set(id, {
      ...{ id, inode, born, filename: birth.path, start: birth.start, held: [], dead: [], settled: [], again: [] },
      ...{ bytes: Buffer.alloc(0), excluded: new Set(), compared: new Set(), partEnds: new Map() },
      ...{ place: null, abandoned: 0, committed: 0, disordered: false },
    })
    this.#kernel.note(`born ${id.slice(0, 4)} inode ${inode.ino} content ${born.number} as ${birth.path} from ${birth.start}`)
  }

  /** Contents that the file id may stand for, by the bytes it shipped. */
  candidates(entry: Entry): Content[] {
    const contents = this.#files.byNumber.get(entry.inode.ino) ?? []
    for (const content of contents) if (!entry.compared.has(content)) this.#compareAll(entry, content)
    return contents.filter((content) => !entry.excluded.has(content))
  }

  /** An unknown outcome: all of it may come once more, also cut anew after a refusal. */
  mayComeAgain({ chunks }: Batch): void {
    for (const { file, before, after } of chunks) {
      const entry = this.entries.get(file.id)
      if (entry !== undefined) takeNew(entry.again, before.offset, after.offset)
    }
  }

  /** Returns the Kafka offset of the first one. */
  append(topic: string, partition: number, messages: readonly DecodedMessage[]): number {
    const place = `${topic}/${partition}`
    let log = this.log.get(place)
    if (log === undefined) this.log.set(place, (log = []))
    const first = log.length
    for (const message of messages) {
      const { fileId: id, offset: start, bytes, session } = message
      log.push({ id, start, end: start + bytes.length, session })
      const entry = this.entries.get(id)
      if (entry === undefined || !this.isBorn(id)) this.#kernel.fail('law 3', `a message names ${id}, which is no durable birth`)
      else this.#take(entry, place, message)
    }
    return first
  }

  #take(entry: Entry, place: string, message: DecodedMessage): void {
    const { offset, bytes, filename } = message
    const end = offset + bytes.length
    const what = `${entry.id.slice(0, 4)} [${offset}, ${end}) in ${place}`
    if (filename !== entry.filename) this.#kernel.fail('births', `${what} is called ${filename}, not ${entry.filename}`)
    if (this.ordered && entry.place !== null && entry.place !== place)
      this.#kernel.fail('law 3', `${what}: it went to ${entry.place} before`)
    entry.place = place
    if (offset < entry.start) this.#kernel.fail('law 3', `${what} lies before its start ${entry.start}`)
    this.#checkParts(entry, message, what)
    const last = endOf(entry.held)
    const fresh = takeNew(entry.held, offset, end)
    takeNew(entry.settled, offset, end)
    if (this.ordered && !entry.disordered && fresh.some(([from]) => from < last))
      this.#kernel.fail('law 3', `${what} came behind what ends at ${last}`)
    const freshBytes = fresh.reduce((sum, [from, to]) => sum + to - from, 0)
    const twice = bytes.length - freshBytes
    if (twice > covered(entry.again, offset, end))
      this.#kernel.fail('law 3', `${what}: ${twice} bytes of it came twice without a crash or a lost ack`)
    this.#compare(entry, offset, bytes, what)
  }

  #checkParts(entry: Entry, message: DecodedMessage, what: string): void {
    const { offset, bytes, part, last, partial } = message
    const before = entry.partEnds.get(offset)
    const beginsLine = offset === entry.start || entry.bytes[offset - 1] === 0x0a
    // What came before it may be a dead letter or abandoned.
    const follows = offset === entry.start || covered(entry.held, offset - 1, offset) === 1
    if (part === undefined && follows && !beginsLine) this.#kernel.fail('parts', `${what} begins within a line and says not so`)
    if (part !== undefined && follows && part !== (beginsLine ? 1 : (before ?? 0) + 1))
      this.#kernel.fail('parts', `${what} is part ${part} behind part ${before ?? 0}`)
    if (part === undefined && partial !== true && bytes.at(-1) !== 0x0a) this.#kernel.fail('parts', `${what} does not end a line`)
    if (part !== undefined && last !== (bytes.at(-1) === 0x0a)) this.#kernel.fail('parts', `${what}: last is ${last}`)
    if (part !== undefined && last !== true) entry.partEnds.set(offset + bytes.length, part)
  }

  #compare(entry: Entry, offset: number, bytes: Buffer, what: string): void {
    const end = offset + bytes.length
    if (entry.bytes.length < end) entry.bytes = Buffer.concat([entry.bytes, Buffer.alloc(end - entry.bytes.length)])
    bytes.copy(entry.bytes, offset)
    for (const content of this.#files.byNumber.get(entry.inode.ino) ?? []) {
      if (!entry.compared.has(content)) this.#compareAll(entry, content)
      else if (!sameBytes(content, offset, bytes)) entry.excluded.add(content)
    }
    if (this.candidates(entry).length === 0) this.#kernel.fail('law 3', `${what} is not what its file held`)
  }

  #compareAll(entry: Entry, content: Content): void {
    entry.compared.add(content)
    for (const [from, to] of entry.held)
      if (!sameBytes(content, from, entry.bytes.subarray(from, to))) entry.excluded.add(content)
  }
}

const sameBytes = (content: Content, offset: number, bytes: Buffer): boolean =>
  content.length >= offset + bytes.length && content.bytes.subarray(offset, offset + bytes.length).equals(bytes)
