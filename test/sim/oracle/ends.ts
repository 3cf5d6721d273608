// What must be true in the end, when all faults are over: nothing that could be read is missing, nothing has two file ids.

import { dirname } from 'node:path'
import type { TrackedFile } from '../../../src/files/tracked-file.ts'
import type { Content } from '../content.ts'
import type { SimFiles } from '../files.ts'
import type { Kernel } from '../kernel.ts'
import { type Entry, holeOf, type Ledger } from './ledger.ts'
import { endOf, firstHole } from './spans.ts'

/** Bytes by which the agent knows the beginning of a file. */
const HEAD = 1_024
const ROTATED = /^(?:\.\d+|-\d{8}(?:-\d+)?)+$/

export class Ends {
  readonly #kernel: Kernel
  readonly #files: SimFiles
  readonly #ledger: Ledger
  /** Whether a path is one that the agent was told to ship. */
  readonly #isNamed: (path: string) => boolean

  constructor(kernel: Kernel, files: SimFiles, ledger: Ledger, isNamed: (path: string) => boolean) {
    this.#kernel = kernel
    this.#files = files
    this.#ledger = ledger
    this.#isNamed = isNamed
  }

  /** Nothing hid files from the agent, and no clock misled it: what the contract finds by name and time is found. */
  isStrict: () => boolean = () => false
  /** Number of the newest content when the inputs had started for good. */
  startedAt = Number.POSITIVE_INFINITY

  /** Number and length of what lay there before the agent was ever started. */
  readonly #old = new Map<Content, number>()

  begin(): void {
    // What a glob names may be rotated away under the first look, and is sought then.
    for (const content of this.#files.contents) if (!this.#isNamedNow(content)) this.#old.set(content, content.length)
  }

  /** What was rotated away before the very first start is left alone, unless a glob names it. */
  born(file: TrackedFile): void {
    const { ino } = file.identity
    for (const [content, length] of this.#old) {
      if (
        content.inode.links === 0 ||
        BigInt(content.inode.ino) !== ino ||
        content.inode.content !== content ||
        content.length !== length
      )
        continue
      if (this.isStrict() && !this.#isNamedNow(content) && file.life === 'rotated')
        this.#kernel.fail('siblings', `${file.path} lay there before the first start`)
    }
  }

  #isNamedNow({ inode }: Content): boolean {
    return [...this.#files.names.keys()].some((path) => this.#files.inodeAt(path) === inode && this.#isNamed(path))
  }

  /** The first thing that is still to be shipped; null when there is none. */
  missing(): string | null {
    const owners = this.#owners()
    for (const content of this.#files.contents) {
      const due = this.#due(content)
      if (due === 0) continue
      const entries = [...(owners.get(content) ?? []), ...ownersOfOriginal(content, owners)]
      if (entries.some((entry) => entry.file.life === 'displaced' && this.#waitsForDevice(entry))) continue
      const reached = Math.max(0, ...entries.map((entry) => firstHole(entry.settled, holeOf(entry), due)))
      if (reached < due && !this.#isSettled(content, due))
        return `content ${content.number} (inode ${content.inode.ino}, ${content.fate}): ${reached} of ${due} bytes`
    }
    return null
  }

  /** No content was shipped under two file ids. */
  checkOwners(): void {
    for (const [content, entries] of this.#owners()) {
      const sure = entries.filter(
        (entry) =>
          entry.held.length > 0 &&
          isOwn(entry, content) &&
          !this.#waitsForDevice(entry) &&
          this.#ledger.candidates(entry).length === 1,
      )
      if (sure.length > 1)
        this.#kernel.fail(
          'law 3',
          `content ${content.number} was shipped as ${sure.map(({ id }) => id.slice(0, 4)).join(' and ')}`,
        )
    }
  }

  /** A known limit: what lost its inode or its name before its device got another number is waited for. */
  #waitsForDevice({ file, held }: Entry): boolean {
    const isOpen = file.lag > 0 || endOf(held) > file.settled.offset
    return isOpen && file.identity.dev !== this.#files.dev
  }

  /** Where other bytes were shipped behind the committed offset before a crash, none but the agent knows how far this content is. */
  #isSettled(content: Content, due: number): boolean {
    for (const { numbers, file, bytes, dead, rests } of this.#ledger.entries.values()) {
      if (!numbers.has(content.inode.ino) || file.settled.offset < due || file.life === 'ended') continue
      const shipped = Buffer.alloc(due)
      bytes.copy(shipped, 0, 0, due)
      // A dead letter holds what the log does not.
      for (const [from, to] of [...dead, ...rests])
        if (from < due) content.bytes.copy(shipped, from, from, Math.min(to, due))
      if (shipped.equals(content.bytes.subarray(0, due))) return true
    }
    return false
  }

  #owners(): Map<Content, Entry[]> {
    const owners = new Map<Content, Entry[]>()
    for (const entry of this.#ledger.entries.values()) {
      for (const content of this.#ledger.candidates(entry)) {
        const entries = owners.get(content)
        if (entries === undefined) owners.set(content, [entry])
        else entries.push(entry)
      }
    }
    return owners
  }

  /** Bytes of a content that must have been shipped. */
  #due(content: Content): number {
    const { fate, inode, born, owed } = content
    if (fate === 'deleted') return owed
    if (fate === 'truncated' || inode.content !== content) return 0
    const paths = [...this.#files.names.keys()].filter((path) => this.#files.inodeAt(path) === inode)
    const isNamed = paths.some((path) => this.#isNamed(path) && !path.endsWith('.gz'))
    if (!born && !isNamed && !(this.isStrict() && this.#isSought(content, paths))) return 0
    if (!isNamed && this.#isGivenUp(content)) return 0
    return this.#isAtHome(content, paths) ? content.linesEnd : content.length
  }

  /**
   * What only its inode leads to was told to be abandoned, or was rotated away behind a link, where no sibling is sought, while its
   * birth could not be written.
   */
  #isGivenUp({ inode, madeAt }: Content): boolean {
    const known = [...this.#ledger.entries.values()].filter(({ numbers }) => numbers.has(inode.ino))
    return (
      known.length > 0 &&
      known.every(({ file, abandoned }) => abandoned > 0 || (file.life === 'ended' && !this.#isNamed(madeAt)))
    )
  }

  /** Rotated away before any look, or the copy of a file that was truncated then. */
  #isSought(content: Content, paths: readonly string[]): boolean {
    const { number, madeAt, original, inode } = content
    // Another file had the inode, and no time of birth tells the two apart until that one is found to be gone.
    if (this.#files.birthTimes !== 'kept' && this.#files.isReused(inode)) return false
    // Behind a link nothing but what has the mark of a rotation is sought.
    if (original?.copy === content)
      return (
        original.born && !this.#isTwin(content) && this.#isNamed(original.madeAt) && !this.#isTakenForAnother(original)
      )
    if (number <= this.startedAt || !this.#isNamed(madeAt) || !this.#isVisited(dirname(madeAt), number)) return false
    return paths.some((path) => ROTATED.test(path.slice(madeAt.length)) && path.startsWith(madeAt))
  }

  /** It is longer or shorter than what was copied, or one of two copies that were made at a time, and the other one was taken. */
  #isTwin(content: Content): boolean {
    const { original, copied, length } = content
    return length !== copied || this.#files.contents.some((other) => other !== content && other.original === original)
  }

  /** A known limit: a folder in which no glob names a file, and none was known before, is not listed for siblings. */
  #isVisited(folder: string, number: number): boolean {
    return [...this.#ledger.entries.values()].some(
      ({ file, born }) => dirname(file.path) === folder && (born === null || born.number < number),
    )
  }

  /** A known limit: nothing of it had been shipped when what came into its inode began with the same bytes, and that was shipped for it. */
  #isTakenForAnother(original: Content): boolean {
    const entries = [...this.#ledger.entries.values()].filter(({ numbers }) => numbers.has(original.inode.ino))
    const takesOther = (entry: Entry): boolean =>
      entry.born === original && entry.held.length > 0 && !this.#ledger.candidates(entry).includes(original)
    return entries.some(takesOther)
  }

  /** The name that it was born under still leads to it, so that an unfinished line may go on. */
  #isAtHome(content: Content, paths: readonly string[]): boolean {
    const homes = [...this.#ledger.entries.values()].filter(({ numbers }) => numbers.has(content.inode.ino))
    return homes.length === 0 || homes.some(({ filename, file }) => paths.includes(filename) || file.life === 'living')
  }
}

/** A copy's bytes are those of what it was copied from, until it grows on its own. */
function ownersOfOriginal(content: Content, owners: ReadonlyMap<Content, Entry[]>): readonly Entry[] {
  const { original, copied, length } = content
  return original === null || length > copied ? [] : (owners.get(original) ?? [])
}

/**
 * Known limits: an archive that another made of a living file's front is a file of its own; a file that was empty at its birth,
 * or whose inode's number was used again with the same first bytes, may be taken for another after a crash; what was given up in
 * part, or forgotten, is not known again in its archive; and what was read no further than into a header that others have too may
 * go on in another's archive.
 */
function isOwn(entry: Entry, content: Content): boolean {
  const { inode, file, numbers, forgotten, abandoned } = entry
  const isReused = inode !== content.inode && inode.ino === content.inode.ino
  const isPacked = !numbers.has(content.inode.ino)
  const isFront = isPacked && (content.length > content.packedLength || content.inode.links > 0)
  if (isPacked && hasSameHeader(entry, content)) return false
  return !isFront && !isReused && !forgotten && abandoned === 0 && file.birth.identity.head.length > 0
}

function hasSameHeader({ born }: Entry, content: Content): boolean {
  if (born === null || born === content) return false
  return born.length >= HEAD && born.bytes.subarray(0, HEAD).equals(content.bytes.subarray(0, HEAD))
}
