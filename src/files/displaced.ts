// The last part of identify: what holds the rest of a file that lost its inode, or that is gone, is sought among the files
// that are not known; only when nothing does is that rest given up.

import { basename, dirname, join } from 'node:path'
import type { Compressed } from './compressed.ts'
import { isCompressed } from './compressed-names.ts'
import type { Copies } from './copies.ts'
import { type FileStat, inodeKey, type OpenFile } from './disk.ts'
import { holdsMark, isContinuation, isFresh } from './evidence.ts'
import type { Remark } from './file-events.ts'
import { HEAD_MAX, MARK_MAX } from './fingerprint.ts'
import { isNamedAfter, originalsOf } from './rotated-name.ts'
import { displace, type IdentifyParts, isCopy, type Moment, type NewFile, reopened } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/** Milliseconds by which the clocks of a file system and of its user may differ. */
const CLOCK_SLACK = 2_000

/** A file that is not known. */
interface Stranger {
  readonly place: string
  readonly handle: OpenFile
  /** Of this look's new files, the one that it is. */
  readonly found: NewFile | null
}

export class Displaced {
  readonly #parts: IdentifyParts
  readonly #copies: Copies
  readonly #listings = new Map<string, Promise<readonly string[] | null>>()
  readonly #compressed: Compressed
  readonly #isSpooled: (file: TrackedFile) => boolean

  /** @param isSpooled of such a one nothing is sought once all of it is settled: what begins like it is a file of its own */
  constructor(parts: IdentifyParts, copies: Copies, compressed: Compressed, isSpooled: (file: TrackedFile) => boolean) {
    this.#isSpooled = isSpooled
    this.#parts = parts
    this.#copies = copies
    this.#compressed = compressed
  }

  /** Returns what of the new files is left to be born. */
  async resolve(found: readonly NewFile[], moment: Moment): Promise<NewFile[]> {
    const { displaced } = this.#parts.catalogue
    if (displaced.size === 0) return [...found]
    const left = new Set(found)
    this.#listings.clear()
    for (const [file, how] of displaced) {
      if (how === 'gone' && file.lostRounds === 0) {
        this.#parts.catalogue.regain(file)
        continue
      }
      if (file.lag === 0 && this.#isSpooled(file)) {
        this.#giveUp(file, moment, null)
        continue
      }
      const taken = await this.#continueAmong(file, left, moment)
      if (taken !== null) left.delete(taken)
      if (!displaced.has(file) || (await this.#continueElsewhere(file, left, moment))) continue
      if (file.lag > 0 && (await this.#isBlind(file))) continue
      await this.#knowShorterCopies(file, left)
      const continuation = await this.#compressed.seek(file, (await this.#list(dirname(file.path))) ?? [], moment)
      // Until then nothing leads to its bytes.
      if (continuation === 'wait') file.blocked = true
      else if (continuation !== 'continued') this.#giveUp(file, moment, continuation.remark)
    }
    return [...left]
  }

  async #continueAmong(file: TrackedFile, found: Iterable<NewFile>, moment: Moment): Promise<NewFile | null> {
    for (const one of found) {
      if (one.gzip !== null || !this.#isPlausible(file, one.place, one)) continue
      const handle = one.handle ?? (await reopened(this.#parts.disk, one.place, one.stat))
      if (handle === null) continue
      if (await this.#takeOver(file, { place: one.place, handle, found: one }, moment)) return one
      if (one.handle === null) await handle.close()
    }
    return null
  }

  /** Among its known copies, and among names that no glob matches. */
  async #continueElsewhere(file: TrackedFile, found: Iterable<NewFile>, moment: Moment): Promise<boolean> {
    const { disk, catalogue } = this.#parts
    const taken = new Set([...found].map(({ stat }) => inodeKey(stat)))
    const folder = dirname(file.path)
    const names = ((await this.#list(folder)) ?? []).filter((name) => !isCompressed(name))
    const places = names.map((name) => join(folder, name)).filter((place) => this.#isPlausible(file, place, null))
    const copies = [...catalogue.copiesOf(file)].filter(isPlainCopy).map(({ path }) => path)
    for (const place of [...copies, ...places]) {
      if (!this.#isStrange(file, place, taken)) continue
      const handle = await disk.open(place).catch(() => null)
      if (handle === null) continue
      if (await this.#takeOver(file, { place, handle, found: null }, moment)) return true
      await handle.close()
    }
    return false
  }

  /** Null when it cannot be listed. */
  #list(folder: string): Promise<readonly string[] | null> {
    let listing = this.#listings.get(folder)
    if (listing === undefined) this.#listings.set(folder, (listing = this.#parts.disk.list(folder).catch(() => null)))
    return listing
  }

  /** Its folder cannot be asked, or another volume is mounted in its place. */
  async #isBlind(file: TrackedFile): Promise<boolean> {
    const folder = dirname(file.path)
    if ((await this.#list(folder)) === null) return true
    try {
      return this.#parts.disk.peek(folder)?.dev !== file.identity.dev
    } catch {
      return true
    }
  }

  #isStrange(file: TrackedFile, place: string, taken: ReadonlySet<string>): boolean {
    try {
      const stat = this.#parts.disk.peek(place)
      if (stat === null || stat.kind !== 'file' || taken.has(inodeKey(stat))) return false
      const known = this.#parts.catalogue.at(stat)
      if (known === undefined) return true
      // The inode of one that is gone is given out again, also before anybody saw that it went.
      const isGone = known.life === 'gone' || this.#parts.birthTimes.differ(known.identity, stat)
      return isGone || (isCopy(known) && known.birth.copyOf === file.id)
    } catch {
      return false
    }
  }

  /**
   * Content is compared where the name speaks for it; of other names only what was found new in this look, and where the mark
   * lies behind what the heads of many files have in common. Where nothing is missing, a neighbour that begins with the same
   * header is none of the inputs' files: `app-users.csv` is not made of a short `app.log`.
   */
  #isPlausible(file: TrackedFile, place: string, found: NewFile | null): boolean {
    // What is new at the file's own path, or in its inode, is its successor.
    if (place === file.path || (found !== null && inodeKey(found.stat) === inodeKey(file.identity))) return false
    const isTelling = file.cursor.offset >= HEAD_MAX + MARK_MAX
    const isMadeOf = isTelling || (found === null && file.lag > 0) ? isNamedAfter : isCopyName
    if (dirname(place) === dirname(file.path) && isMadeOf(basename(place), basename(file.path))) return true
    if (found === null || !isTelling || found.head.hash !== file.identity.head.hash) return false
    return file.lag > 0 || this.#parts.catalogue.displaced.get(file) !== 'gone'
  }

  /** The file goes on in the stranger, if that holds all that was read of it. */
  async #takeOver(file: TrackedFile, { place, handle }: Stranger, moment: Moment): Promise<boolean> {
    const { catalogue, handles, emit } = this.#parts
    // All of it was given up unread: no mark would tell this from any other that begins so.
    if (file.cursor.mark.length === 0 && file.cursor.offset > file.birth.start) return false
    // It was empty: nothing of it is to be found anywhere, and any file would pass for it.
    if (file.size === 0 && file.identity.head.length === 0) return false
    try {
      // Asked now: a copy is complete once its original was truncated.
      const stat = await handle.stat()
      // Of a file that was never read no byte can be compared: its whole size has to be there.
      const needed = file.identity.head.length === 0 ? file.size : file.readEnd
      if (stat.kind !== 'file' || stat.size < needed || stat.size === 0 || this.#isOlder(stat, file)) return false
      if (!(await isContinuation(file, handle))) return false
      const copy = catalogue.at(stat)
      if (copy !== undefined) await this.#leaveInode(copy, stat, moment)
      emit({ name: 'file_copied', file, to: place })
      const { dev, ino, birth } = stat
      // What went on in a `.gz` does so no more.
      catalogue.move(file, { dev, ino, birth, head: file.identity.head })
      Object.assign(file, { path: place, life: 'rotated', lostRounds: 0, stalledAt: -1, dirty: true })
      const cut = file.cutTo(stat.size, moment.session)
      if (cut > 0) emit({ name: 'file_shrunk', file, abandoned: cut })
      file.seen(stat.size)
      file.looked(stat)
      file.fresh = isFresh(stat, moment.now)
      file.changedAt = moment.monotonic
      await handles.adopt(file, handle)
      return true
    } catch {
      return false
    }
  }

  /** The inode goes to what it holds now. */
  async #leaveInode(known: TrackedFile, stat: FileStat, moment: Moment): Promise<void> {
    if (known.life !== 'gone' && this.#parts.birthTimes.differ(known.identity, stat))
      await displace(this.#parts, known, 'replaced')
    else endCopy(this.#parts, known, moment)
  }

  /** What was written to for the last time before the file was born is no copy of it. */
  #isOlder(stat: FileStat, { birth, identity }: TrackedFile): boolean {
    const { birthTimes } = this.#parts
    const born = identity.birth === 0n ? birth.at : Math.min(birth.at, Number(identity.birth / 1_000_000n))
    const written = birthTimes.of(stat) > stat.mtime ? birthTimes.of(stat) : stat.mtime
    return Number(written / 1_000_000n) < born - CLOCK_SLACK
  }

  /** A copy that was made before the last bytes were read holds nothing new. */
  async #knowShorterCopies(file: TrackedFile, found: Set<NewFile>): Promise<void> {
    if (file.identity.head.length < HEAD_MAX) return
    for (const one of found) {
      if (
        one.head.hash !== file.identity.head.hash ||
        one.copyOf !== null ||
        one.gzip !== null ||
        one.stat.size >= file.readEnd
      )
        continue
      if (inodeKey(one.stat) === inodeKey(file.identity) || one.place === file.path) continue
      if (!this.#copies.isCopy(one, file) && !(await holdsTrail(file, one))) continue
      found.delete(one)
      found.add({ ...one, copyOf: file.id })
    }
  }

  #giveUp(file: TrackedFile, { session }: Moment, remark: Remark): void {
    const { catalogue, emit } = this.#parts
    const how = catalogue.displaced.get(file) ?? 'replaced'
    const { offset } = file.cursor
    const abandoned = file.abandonRest(session)
    if (how === 'gone') emit({ name: 'file_gone', file, offset, abandoned, remark })
    else emit({ name: 'file_ended', file, how, offset, abandoned, remark })
    catalogue.end(file)
  }
}

/** Files that begin with the same short header are told apart by their names alone: `app-error.log` is not made of `app.log`. */
const isCopyName = (name: string, base: string): boolean => originalsOf(name).includes(base)

/** The last of the file's marks that the shorter one has room for is there too. */
async function holdsTrail(file: TrackedFile, { handle, stat }: NewFile): Promise<boolean> {
  const below = [file.settled, ...file.trail].filter(({ offset }) => offset <= stat.size)
  const last = below.toSorted((a, b) => a.offset - b.offset).at(-1)
  if (handle === null || last === undefined || last.offset < HEAD_MAX + MARK_MAX) return false
  return holdsMark(handle, last).catch(() => false)
}

/** What a compressed one holds is compared elsewhere. */
const isPlainCopy = ({ life, identity }: TrackedFile): boolean => life !== 'ended' && identity.packed === undefined

/** What it grew by since it was known as a copy is read as the original's. */
function endCopy({ catalogue }: IdentifyParts, copy: TrackedFile, { session }: Moment): void {
  copy.skipTo({ ...copy.cursor, offset: copy.size, carry: null }, 'filtered', session)
  catalogue.end(copy)
}
