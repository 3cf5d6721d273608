// Law 3, asked at every append to the simulated log: each message is what its file held, in order, twice only with a cause.

import type { TrackedFile } from '../../../src/files/tracked-file.ts'
import type { Batch } from '../../../src/message/batch.ts'
import type { LineEnds } from '../../../src/text/line-ends.ts'
import { type Range, takeNew } from '../../../tools/oracle/ranges.ts'
import type { DecodedMessage } from '../../../tools/oracle/source-bytes.ts'
import type { Content, Inode } from '../content.ts'
import { SimHandle } from '../disk.ts'
import type { SimFiles } from '../files.ts'
import type { Kernel } from '../kernel.ts'
import { above, below, covered, endOf } from './spans.ts'

/** All that is known of one file id. */
export interface Entry {
  readonly id: string
  readonly filename: string
  readonly inode: Inode
  /** Numbers of the inodes that it was read from: a copy may continue it. */
  readonly numbers: Set<number>
  /** As the agent knows it now. */
  file: TrackedFile
  /** Null where the birth became durable in a life that did not live to tell. */
  readonly born: Content | null
  readonly start: number
  /** Of bytes that the log holds, that are dead letters, and either. */
  readonly held: Range[]
  readonly dead: Range[]
  readonly settled: Range[]
  /** Of bytes behind what was shipped of lines that are too long; and where those begin. */
  readonly rests: Range[]
  readonly truncatedAt: Set<number>
  /** Bytes that may come a second time. */
  again: Range[]
  bytes: Buffer
  /** Contents that are not what was shipped; and to where the others were compared with it. */
  readonly excluded: Set<Content>
  readonly compared: Map<Content, number>
  /** Number of the part that ends at an offset. */
  readonly partEnds: Map<number, number>
  /** Where dead letters end: the next part counts them. */
  readonly deadEnds: Set<number>
  /** Within a line of which all is to be a dead letter. */
  readonly withinDead: Set<number>
  place: string | null
  /** Bytes of which an event said that they are abandoned. */
  abandoned: number
  /** Settled at the last checkpoint that was reported as written. */
  committed: number
  /** Where the last message of this life ends. */
  sentTo: number
  /** Settled at the last start; and whether what an earlier life had shipped behind that was given up. */
  floor: number
  reopened: boolean
  /** It may be forgotten at the next rollover. */
  over: boolean
  /** The agent gave up its memory of it. */
  forgotten: boolean
  /** A refused batch had to be cut anew while a later one waited. */
  disordered: boolean
}

const NOTHING = Buffer.alloc(0)

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
  /** Whether bytes are on their way that cannot be read a second time. */
  keepsSome: () => boolean = () => false
  readonly #kernel: Kernel
  readonly #files: SimFiles

  constructor(kernel: Kernel, files: SimFiles) {
    this.#kernel = kernel
    this.#files = files
  }

  born(file: TrackedFile): void {
    const { id, handle, birth } = file
    if (this.entries.has(id)) return this.#kernel.fail('law 3', `the file id ${id} was given twice`)
    // Of a file inside a `.gz` the handle is another one.
    if (!(handle instanceof SimHandle)) return void this.found(file)
    const { inode, headOf: born } = handle
    born.born = true
    if (born.unpacked !== null) born.unpacked.born = true
    this.#enter(file, inode, born)
    this.#kernel.note(
      `born ${id.slice(0, 4)} inode ${inode.ino} content ${born.number} as ${birth.path} from ${birth.start}`,
    )
  }

  /** A file that a start finds in the state, whether or not its birth was told. */
  found(file: TrackedFile): Entry | null {
    const { ino, birth } = file.identity
    const inodes = (this.#files.byNumber.get(Number(ino)) ?? []).map(({ inode }) => inode)
    const inode = inodes.findLast((one) => one.birth === birth) ?? inodes.at(-1)
    return inode === undefined ? null : this.#enter(file, inode, null)
  }

  /** Every content that its inodes' numbers ever led to. */
  contents({ numbers, file }: Entry): readonly Content[] {
    numbers.add(Number(file.identity.ino))
    const contents = [...numbers].flatMap((number) => this.#files.byNumber.get(number) ?? [])
    return contents.map((content) => content.unpacked ?? content)
  }

  /** Contents that the file id may stand for, by the bytes it shipped. */
  candidates(entry: Entry): Content[] {
    const contents = this.contents(entry)
    const end = endOf(entry.held)
    for (const content of contents) if (!entry.excluded.has(content)) this.#compareOn(entry, content, end)
    return contents.filter((content) => content.length >= end && !entry.excluded.has(content))
  }

  /**
   * A known limit: when bytes behind the committed offset were shipped and the file was rewritten with the same first bytes before
   * the next start, nothing tells the two contents apart. Those first bytes may be the NULs of a hole.
   */
  #reopen(entry: Entry, sentBefore: number, offset: number, end: number): void {
    const kept = Math.max(entry.floor, sentBefore)
    for (const ranges of [entry.held, entry.settled]) {
      ranges.splice(0, ranges.length, ...below(above(ranges, holeOf(entry)), kept))
      takeNew(ranges, offset, end)
    }
    for (const [from, to] of [...entry.dead, ...entry.rests]) takeNew(entry.settled, from, to)
    entry.reopened = true
    entry.excluded.clear()
    entry.compared.clear()
  }

  /** An unknown outcome: all of it may come once more, also cut anew after a refusal. */
  mayComeAgain({ chunks }: Batch): void {
    for (const { file, before, after } of chunks) {
      const entry = this.entries.get(file.id)
      if (entry !== undefined) takeNew(entry.again, before.offset, after.offset)
    }
  }

  /** It may become a dead letter. */
  refused({ chunks }: Batch): void {
    for (const { file, after } of chunks) {
      const entry = this.entries.get(file.id)
      if (entry === undefined) continue
      entry.deadEnds.add(after.offset)
      // A known limit: what cannot be read again stays in memory, and is sent before what is read anew.
      if (this.keepsSome()) entry.disordered = true
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
      if (entry === undefined || !this.isBorn(id))
        this.#kernel.fail('law 3', `a message names ${id}, which is no durable birth`)
      else this.#take(entry, place, message)
    }
    return first
  }

  #enter(file: TrackedFile, inode: Inode, born: Content | null): Entry {
    const { id, birth } = file
    const entry: Entry = {
      id,
      inode,
      file,
      numbers: new Set([inode.ino]),
      born,
      filename: birth.path,
      start: birth.start,
      held: [],
      dead: [],
      settled: [],
      rests: [],
      truncatedAt: new Set(),
      again: [],
      bytes: NOTHING,
      excluded: new Set(),
      compared: new Map(),
      partEnds: new Map(),
      deadEnds: new Set(),
      withinDead: new Set(),
      place: null,
      abandoned: 0,
      committed: 0,
      sentTo: 0,
      floor: 0,
      reopened: false,
      over: false,
      forgotten: false,
      disordered: false,
    }
    this.entries.set(id, entry)
    return entry
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
    this.#checkFilters(message, what)
    const last = entry.sentTo
    entry.sentTo = Math.max(last, end)
    const fresh = takeNew(entry.held, offset, end)
    takeNew(entry.settled, offset, end)
    if (this.ordered && !entry.disordered && fresh.some(([from]) => from < last))
      this.#kernel.fail('law 3', `${what} came behind what ends at ${last}`)
    const freshBytes = fresh.reduce((sum, [from, to]) => sum + to - from, 0)
    const twice = bytes.length - freshBytes
    if (twice > covered(entry.again, offset, end))
      this.#kernel.fail('law 3', `${what}: ${twice} bytes of it came twice without a crash or a lost ack`)
    this.#compare(entry, offset, bytes, last, what)
  }

  /** The input's own, of single lines; null where there are none, or events are filtered. */
  drops: ((line: Buffer) => boolean) | null = null

  /** All of these lines are to be left out, as far as that is asked. */
  areDropped(lines: Buffer, offset: number): boolean {
    return this.drops === null || linesOf(lines, offset, this.ends).every(this.drops)
  }

  #checkFilters({ bytes, offset, part, partial }: DecodedMessage, what: string): void {
    const { drops } = this
    if (drops === null || part !== undefined || partial === true) return
    const line = linesOf(bytes, offset, this.ends).find(drops)
    if (line !== undefined)
      this.#kernel.fail('filters', `${what} has a line that is to be left out: ${line.toString()}`)
  }

  get ends(): LineEnds {
    return this.#files.ends
  }

  #endsLine({ bytes, offset }: DecodedMessage): boolean {
    return this.ends.before(bytes, bytes.length, offset) === bytes.length
  }

  #checkParts(entry: Entry, message: DecodedMessage, what: string): void {
    const { offset, bytes, part, last, partial } = message
    const before = entry.partEnds.get(offset)
    const beginsLine = offset === entry.start || this.ends.before(entry.bytes, offset, 0) === offset
    // What came before it may be a dead letter or abandoned.
    const follows =
      this.ordered &&
      !entry.deadEnds.has(offset) &&
      (offset === entry.start || covered(entry.held, offset - 1, offset) === 1)
    if (entry.withinDead.has(offset)) this.#kernel.fail('parts', `${what} goes on in a line that is a dead letter`)
    if (part === undefined && follows && !beginsLine)
      this.#kernel.fail('parts', `${what} begins within a line and says not so`)
    if (part !== undefined && follows && part !== (beginsLine ? 1 : (before ?? 0) + 1))
      this.#kernel.fail('parts', `${what} is part ${part} behind part ${before ?? 0}`)
    if (part === undefined && partial !== true && !this.#endsLine(message))
      this.#kernel.fail('parts', `${what} does not end a line`)
    const endsLine = this.#endsLine(message)
    const isTruncated = part !== undefined && last === true && partial === true && !endsLine
    const isTold = isTruncated && entry.truncatedAt.has(offset + bytes.length)
    if (part !== undefined && !isTold && last !== endsLine) this.#kernel.fail('parts', `${what}: last is ${last}`)
    if (part !== undefined && last !== true) entry.partEnds.set(offset + bytes.length, part)
  }

  #compare(entry: Entry, offset: number, bytes: Buffer, sentBefore: number, what: string): void {
    const end = offset + bytes.length
    if (entry.bytes.length < end) entry.bytes = Buffer.concat([entry.bytes, Buffer.alloc(end - entry.bytes.length)])
    bytes.copy(entry.bytes, offset)
    for (const content of entry.compared.keys()) if (!sameBytes(content, offset, bytes)) entry.excluded.add(content)
    const candidates = this.candidates(entry)
    for (const content of candidates) content.shipped = true
    // Behind NULs of a hole that it could not tell, no mark tells another one.
    const isTold = !this.#kernel.misled && !this.#kernel.died && entry.bytes[offset - 1] !== 0
    if (isTold && candidates.length > 0 && candidates.every(({ hole, isToldHole }) => isToldHole && offset < hole))
      this.#kernel.fail('holes', `${what} are NULs that no writer wrote`)
    if (candidates.length > 0) return
    const isRefilled = covered(entry.held, 0, holeOf(entry)) > 0
    if (!entry.reopened && (entry.again.length > 0 || isRefilled)) this.#reopen(entry, sentBefore, offset, end)
    if (this.candidates(entry).length === 0) this.#kernel.fail('law 3', `${what} is not what its file held`)
  }

  /** Contents grow, and so does what was shipped: what both have by now is compared once. */
  #compareOn(entry: Entry, content: Content, end: number): void {
    const done = entry.compared.get(content) ?? 0
    const to = Math.min(content.length, end)
    if (entry.compared.has(content) && to <= done) return
    entry.compared.set(content, to)
    for (const [from, until] of above(entry.held, done))
      if (!sameBytes(content, from, entry.bytes.subarray(from, until))) entry.excluded.add(content)
  }
}

function linesOf(bytes: Buffer, offset: number, ends: LineEnds): Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = ends.after(bytes, at, offset) || bytes.length
    lines.push(bytes.subarray(at, end))
    at = end
  }
  return lines
}

/** Bytes in front that are filtered: all but those behind what was shipped of long lines. */
export const holeOf = ({ file, rests }: Entry): number => file.totals.filtered - covered(rests, 0, file.settled.offset)

/** As far as the content reaches. */
function sameBytes(content: Content, offset: number, bytes: Buffer): boolean {
  const length = Math.min(bytes.length, content.length - offset)
  return length <= 0 || content.bytes.subarray(offset, offset + length).equals(bytes.subarray(0, length))
}
