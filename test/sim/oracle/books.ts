// Laws 1, 2 and 7, asked after every round and at every start: the books add up, claim nothing that is not so, and last.

import type { Parts } from '../../../src/agent.ts'
import type { TrackedFile } from '../../../src/files/tracked-file.ts'
import type { AgentEvent } from '../../../src/observe/events.ts'
import { addressOf, type DeadLetter, type LetterHead } from '../../../src/state/dead-letter.ts'
import { canBeRead } from '../../../src/work.ts'
import { takeNew } from '../../../tools/oracle/ranges.ts'
import { decodeMessage } from '../../../tools/oracle/source-bytes.ts'
import type { Content, Inode } from '../content.ts'
import type { SimHandle } from '../disk.ts'
import type { Kernel } from '../kernel.ts'
import type { SimState } from '../state-folder.ts'
import { type Entry, holeOf, type Ledger } from './ledger.ts'
import { above, below, covered } from './spans.ts'

export class Books {
  readonly #kernel: Kernel
  readonly #ledger: Ledger
  readonly #state: SimState
  readonly #deadLetters = new Map<string, LetterHead>()
  /** With `delivery = exactly_once` nothing comes twice, and what Kafka was not told of was never. */
  isExact = false

  constructor(kernel: Kernel, ledger: Ledger, state: SimState) {
    this.#kernel = kernel
    this.#ledger = ledger
    this.#state = state
  }

  /** What a new life knows is at least what the old one was told to be durable; whatever lies behind may come again. */
  loaded(parts: Parts): void {
    for (const file of parts.catalogue.all()) if (!this.#ledger.entries.has(file.id)) this.#ledger.found(file)
    const known = new Map([...parts.catalogue.all()].map((file) => [file.id, file]))
    for (const entry of this.#ledger.entries.values()) {
      if (entry.forgotten) continue
      const file = known.get(entry.id)
      if (file === undefined) {
        // A forgetting that was reported as failed may be durable all the same.
        if (entry.over) entry.forgotten = true
        else if (this.isExact && entry.held.length === 0) this.#unborn(entry)
        else this.#kernel.fail('law 7', `${entry.id.slice(0, 4)} was known and is not known after a start`)
        continue
      }
      const { settled, birth } = file
      entry.file = file
      if (settled.offset < entry.committed)
        this.#kernel.fail(
          'law 7',
          `${entry.id.slice(0, 4)} was committed to ${entry.committed}, a start finds ${settled.offset}`,
        )
      if (this.#ledger.ordered && entry.place !== null && entry.place !== `logs/${birth.partition}`)
        this.#kernel.fail('births', `${entry.id.slice(0, 4)} went to ${entry.place}, a start finds ${birth.partition}`)
      entry.sentTo = 0
      entry.floor = settled.offset
      this.#forgetRests(entry)
      entry.reopened = false
      entry.again = above(entry.held, settled.offset)
      if (this.isExact && entry.again.length > 0)
        this.#kernel.fail(
          'exactly once',
          `${entry.id.slice(0, 4)} is shipped beyond ${settled.offset}, where a start finds it`,
        )
      this.#checkFile(file, entry)
    }
    this.#checkLetters()
  }

  /** Its birth never came to Kafka: what no path leads to by now is as if nobody had ever seen it. */
  #unborn(entry: Entry): void {
    entry.forgotten = true
    if (entry.born === null) return
    entry.born.born = false
    if (entry.born.unpacked !== null) entry.born.unpacked.born = false
  }

  afterRound(parts: Parts, handles: Iterable<SimHandle>): void {
    const kept = new Set<unknown>([...parts.catalogue.all()].map(({ handle }) => handle))
    for (const handle of handles)
      if (!kept.has(handle) && handle.inode.content.unpacked === null)
        this.#kernel.fail('handles', 'a handle is open that no file has')
    for (const file of parts.catalogue.all()) {
      const entry = this.#ledger.entries.get(file.id)
      if (entry === undefined) {
        this.#kernel.fail('births', `${file.id} has no birth`)
        continue
      }
      this.#checkFile(file, entry)
      entry.over = (file.life === 'ended' || file.life === 'gone') && file.misses > 0
      if (!file.dirty && !this.isExact) entry.committed = Math.max(entry.committed, file.settled.offset)
    }
  }

  /** The agent left and said that nothing is left: all that it sent is in its books. */
  leftClean(parts: Parts): void {
    for (const file of parts.catalogue.all()) {
      const entry = this.#ledger.entries.get(file.id)
      if (entry === undefined || !canBeRead(file)) continue
      const { again, sentTo } = entry
      // What had an unknown outcome and is refused in the end is cut anew by the next start.
      const open = Math.max(0, sentTo - file.settled.offset)
      if (open > covered(again, file.settled.offset, sentTo))
        this.#kernel.fail('part 9', `${label(file)} was sent to ${entry.sentTo}, and left at ${file.settled.offset}`)
    }
  }

  /** The agent itself takes away the last name of an inode. */
  vanishing({ ino, content }: Inode, seen: number): void {
    // It may have been several files' in turn: one of them went on in another's copy.
    const entries = [...this.#ledger.entries.values()].filter(({ file }) => file.identity.ino === BigInt(ino))
    // What was written since it was looked at comes through its handle.
    const size = Math.min(content.length, seen)
    const isShipped = ({ id, file, settled }: Entry): boolean =>
      this.#state.committed(id) >= size && covered(settled, 0, size) >= size - file.totals.filtered
    if (!entries.some(isShipped))
      this.#kernel.fail('spool', `inode ${ino} is deleted, and no file's ${size} bytes are durable`)
  }

  note(event: AgentEvent): void {
    if (
      event.name === 'file_shrunk' ||
      event.name === 'file_ended' ||
      event.name === 'file_gone' ||
      event.name === 'chunk_abandoned'
    )
      this.#abandoned(event.file, event.abandoned, event.name)
    if (event.name === 'dead_letter' || event.name === 'dead_letter_part') this.#buried(event)
    if (event.name === 'line_truncated') this.#ledger.entries.get(event.file.id)?.truncatedAt.add(event.end)
    if (event.name === 'lines_filtered') this.#dropped(event.file, event.offset, event.length)
    if (event.name === 'line_rest') this.#cutOff(event.file, event.offset, event.length)
    if (event.name === 'file_forgotten') this.#forgotten(event.file)
  }

  /** Only the world may take bytes away. */
  #abandoned(file: TrackedFile, bytes: number, how: string): void {
    const entry = this.#ledger.entries.get(file.id)
    if (entry === undefined || bytes === 0) return
    entry.abandoned += bytes
    // What a file that shrank had held was never read, so that nothing tells which content it was.
    const contents = how === 'file_shrunk' ? this.#ledger.contents(entry) : this.#ledger.candidates(entry)
    const lost = contents.some(
      (content) =>
        content.fate === 'truncated' || (content.fate === 'deleted' && content.owed === 0 && !this.#isPacked(content)),
    )
    // Where another inode has the number now, the bytes may have been its, and are shipped when it is born.
    if (this.#ledger.contents(entry).some(({ inode }) => inode !== entry.inode)) return
    if (!lost) this.#kernel.fail('law 2', `${how}: ${bytes} bytes of ${label(file)} are abandoned, and still there`)
  }

  /** Its bytes are in an archive that nothing hid. */
  #isPacked({ packed, packedLength, length }: Content): boolean {
    if (packed === null || this.#kernel.misled || this.#kernel.died || length > packedLength) return false
    return packed.inode.links > 0 && packed.inode.content === packed
  }

  #buried(head: LetterHead): void {
    const { file_id: id, offset, length } = head
    const entry = this.#ledger.entries.get(id)
    if (entry === undefined) return this.#kernel.fail('law 8', `a dead letter of ${id}, which was never born`)
    const end = offset + length
    takeNew(entry.dead, offset, end)
    entry.deadEnds.add(end)
    if (head.last === false) entry.withinDead.add(end)
    takeNew(entry.settled, offset, end)
    this.#deadLetters.set(addressOf(head), head)
    const what = `dead letter ${id.slice(0, 4)} [${offset}, ${end})`
    const letter = this.#state.deadLetters().findLast((one) => addressOf(one) === addressOf(head))
    if (letter === undefined) {
      if (!this.#state.takenOut.has(addressOf(head)))
        this.#kernel.fail('law 8', `${what} is settled before it is durable`)
      return
    }
    const bytes = bytesOf(letter)
    const isIn = this.#ledger
      .contents(entry)
      .some((content) => content.length >= end && content.bytes.subarray(offset, end).equals(bytes))
    if (!isIn) this.#kernel.fail('law 8', `${what} does not hold what its file held`)
  }

  /** Kafka was not told of it before the folder was lost: its bytes are read again. */
  #isUndone({ file_id: id, offset }: LetterHead): boolean {
    const entry = this.#ledger.entries.get(id)
    return this.isExact && (entry === undefined || entry.forgotten || entry.file.settled.offset <= offset)
  }

  /** All letters that were ever settled are there, or somebody took them out. */
  #checkLetters(): void {
    const there = new Set(this.#state.deadLetters().map(addressOf))
    for (const [address, letter] of this.#deadLetters)
      if (this.#isUndone(letter)) this.#deadLetters.delete(address)
      else if (!there.has(address) && !this.#state.takenOut.has(address))
        this.#kernel.fail('law 8', `the dead letter ${address} is gone`)
  }

  /** What was filtered and not committed may be shipped after all, by another limit. */
  #forgetRests({ rests, settled, held, dead, floor, file }: Entry): void {
    rests.splice(0, rests.length, ...below(rests, floor))
    // What was given up at the start lies below the floor too.
    while (covered(rests, 0, floor) > file.totals.filtered) rests.pop()
    settled.splice(0, settled.length)
    for (const [from, to] of [...held, ...dead, ...rests]) takeNew(settled, from, to)
  }

  /** Only behind what was shipped of a line that is too long, and to the end of that. */
  #cutOff(file: TrackedFile, offset: number, length: number): void {
    const entry = this.#ledger.entries.get(file.id)
    if (entry === undefined) return
    const end = offset + length
    const follows = entry.truncatedAt.has(offset) || covered(entry.rests, offset - 1, offset) === 1
    const isOfOneLine = this.#ledger.contents(entry).some((content) => {
      const lineEnd = this.#ledger.ends.after(content.bytes.subarray(offset, end), 0, offset)
      return content.length >= end && (lineEnd === 0 || lineEnd === length)
    })
    if (!follows || !isOfOneLine)
      this.#kernel.fail('law 2', `[${offset}, ${end}) of ${label(file)} is filtered, and no rest of a long line`)
    takeNew(entry.rests, offset, end)
    takeNew(entry.settled, offset, end)
  }

  /** Whole lines that the filters drop, or the front of one. */
  #dropped(file: TrackedFile, offset: number, length: number): void {
    const entry = this.#ledger.entries.get(file.id)
    if (entry === undefined) return
    const end = offset + length
    const isRight = this.#ledger.contents(entry).some((content) => {
      return content.length >= end && this.#ledger.areDropped(content.bytes.subarray(offset, end), offset)
    })
    if (!isRight)
      this.#kernel.fail('filters', `[${offset}, ${end}) of ${label(file)} is filtered, and was to be shipped`)
    takeNew(entry.rests, offset, end)
    takeNew(entry.settled, offset, end)
  }

  #forgotten(file: TrackedFile): void {
    const entry = this.#ledger.entries.get(file.id)
    if (entry === undefined) return
    const { born, inode } = entry
    if (file.life !== 'ended' && inode.links > 0 && inode.content === born)
      this.#kernel.fail('part 7', `${label(file)} is forgotten, and still there as inode ${inode.ino}`)
    entry.forgotten = true
  }

  #checkFile(file: TrackedFile, entry: Entry): void {
    const { totals, settled, size, lag, life } = file
    const sum = totals.shipped + totals.filtered + totals.dead_lettered + totals.abandoned - file.cutOff
    const fail = (law: string, text: string): void => this.#kernel.fail(law, `${label(file)}: ${text}`)
    if (sum !== settled.offset) fail('law 2', `its accounts hold ${sum} bytes, ${settled.offset} are settled`)
    if (sum + lag !== size) fail('law 2', `its accounts hold ${sum} bytes, ${lag} are pending, its size is ${size}`)
    if (file.cursor.offset < settled.offset)
      fail('law 1', `it is read from ${file.cursor.offset}, settled to ${settled.offset}`)
    if ((life === 'ended' || life === 'gone') && !file.inFlight && lag > 0)
      fail('law 2', `${lag} bytes are pending for ever`)
    if (totals.shipped > covered(entry.held, 0, settled.offset))
      fail('law 1', `${totals.shipped} bytes are called shipped`)
    const open = settled.offset - covered(entry.settled, 0, settled.offset)
    if (open > totals.abandoned + totals.filtered)
      fail('law 1', `${open} bytes below ${settled.offset} are in no account, ${totals.abandoned} abandoned`)
    if (totals.abandoned > entry.abandoned)
      fail('law 2', `${totals.abandoned} bytes were abandoned, ${entry.abandoned} were told`)
    const left = this.#ledger.contents(entry).map(({ hole, copied }) => Math.max(hole, copied))
    const most = Math.max(entry.start, ...left)
    const filtered = holeOf(entry)
    if (filtered < entry.start || filtered > most)
      fail('law 2', `${filtered} bytes are filtered, it began at ${entry.start}, its hole or copy is of ${most}`)
  }
}

function bytesOf(letter: DeadLetter): Buffer {
  if ('bytes' in letter) return Buffer.from(letter.bytes, 'base64')
  const parts = letter.messages.map((value, index) => {
    return decodeMessage({ value: Buffer.from(value, 'base64'), headers: letter.headers?.[index] ?? {} }).bytes
  })
  return Buffer.concat(parts)
}

const label = (file: TrackedFile): string => `${file.id.slice(0, 4)} ${file.path} (${file.life})`
