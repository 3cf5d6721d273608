// The last part of identify: what holds the rest of a file that lost its inode, or that is gone, is sought among the files
// that are not known; only when nothing does is that rest given up.

import { basename, dirname, join } from 'node:path'
import type { Copies } from './copies.ts'
import { inodeKey, type OpenFile } from './disk.ts'
import { holdsMark, isContinuation, isFresh } from './evidence.ts'
import { HEAD_MAX, MARK_MAX } from './fingerprint.ts'
import { isNamedAfter } from './rotated-name.ts'
import { type IdentifyParts, isCopy, type Moment, type NewFile } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

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

  constructor(parts: IdentifyParts, copies: Copies) {
    this.#parts = parts
    this.#copies = copies
  }

  /** Returns what of the new files is left to be born. */
  async resolve(found: readonly NewFile[], moment: Moment): Promise<NewFile[]> {
    const { displaced } = this.#parts.catalogue
    let left = [...found]
    for (const file of displaced.keys()) {
      const taken = await this.#continueAmong(file, left, moment)
      left = left.filter((other) => other !== taken)
      if (!displaced.has(file)) continue
      if (taken === null && (await this.#continueInFolder(file, left, moment))) continue
      left = await Promise.all(left.map((other) => this.#knowShorterCopy(file, other)))
      this.#giveUp(file, moment)
    }
    return left
  }

  async #continueAmong(file: TrackedFile, found: readonly NewFile[], moment: Moment): Promise<NewFile | null> {
    for (const one of found) {
      if (!this.#isPlausible(file, one.place, one)) continue
      const handle = one.handle ?? (await this.#parts.disk.open(one.place).catch(() => null))
      if (handle === null) continue
      if (await this.#takeOver(file, { place: one.place, handle, found: one }, moment)) return one
      if (one.handle === null) await handle.close()
    }
    return null
  }

  /** Names that no glob matches. */
  async #continueInFolder(file: TrackedFile, found: readonly NewFile[], moment: Moment): Promise<boolean> {
    const { disk } = this.#parts
    const taken = new Set(found.map(({ stat }) => inodeKey(stat)))
    const folder = dirname(file.path)
    for (const name of await disk.list(folder).catch(() => [])) {
      const place = join(folder, name)
      if (!this.#isPlausible(file, place, null) || !this.#isStrange(file, place, taken)) continue
      const handle = await disk.open(place).catch(() => null)
      if (handle === null) continue
      if (await this.#takeOver(file, { place, handle, found: null }, moment)) return true
      await handle.close()
    }
    return false
  }

  #isStrange(file: TrackedFile, place: string, taken: ReadonlySet<string>): boolean {
    try {
      const stat = this.#parts.disk.peek(place)
      if (stat === null || stat.kind !== 'file' || taken.has(inodeKey(stat))) return false
      const known = this.#parts.catalogue.at(inodeKey(stat))
      return known === undefined || (isCopy(known) && known.birth.copyOf === file.id)
    } catch {
      return false
    }
  }

  /**
   * Content is compared where the name speaks for it; of other names only what was found new in this look, and where the mark
   * lies behind what the heads of many files have in common.
   */
  #isPlausible(file: TrackedFile, place: string, found: NewFile | null): boolean {
    // What is new at the file's own path, or in its inode, is its successor.
    if (place === file.path || (found !== null && inodeKey(found.stat) === inodeKey(file.identity))) return false
    if (dirname(place) === dirname(file.path) && isNamedAfter(basename(place), basename(file.path))) return true
    if (found === null || file.cursor.offset < HEAD_MAX + MARK_MAX || found.head.hash !== file.identity.head.hash)
      return false
    return file.lag > 0 || this.#parts.catalogue.displaced.get(file) !== 'gone'
  }

  /** The file goes on in the stranger, if that holds all that was read of it. */
  async #takeOver(file: TrackedFile, { place, handle }: Stranger, moment: Moment): Promise<boolean> {
    const { catalogue, handles, emit } = this.#parts
    try {
      // Asked now: a copy is complete once its original was truncated.
      const stat = await handle.stat()
      // Of a file that was never read no byte can be compared: its whole size has to be there.
      const needed = file.identity.head.length === 0 ? file.size : file.readEnd
      if (stat.kind !== 'file' || stat.size < needed || stat.size === 0) return false
      if (!(await isContinuation(file, handle))) return false
      const copy = catalogue.at(inodeKey(stat))
      if (copy !== undefined) catalogue.end(copy)
      emit({ name: 'file_copied', file, to: place })
      const { dev, ino, birth } = stat
      catalogue.move(file, { ...file.identity, dev, ino, birth })
      Object.assign(file, { path: place, life: 'rotated', lostRounds: 0, stalledAt: -1, dirty: true })
      const cut = file.cutTo(stat.size, moment.session)
      if (cut > 0) emit({ name: 'file_shrunk', file, abandoned: cut })
      file.seen(stat.size)
      file.lastStat = stat
      file.fresh = isFresh(stat, moment.now)
      file.changedAt = moment.monotonic
      await handles.adopt(file, handle)
      return true
    } catch {
      return false
    }
  }

  /** A copy that was made before the last bytes were read holds nothing new. */
  async #knowShorterCopy(file: TrackedFile, found: NewFile): Promise<NewFile> {
    if (found.copyOf !== null || found.handle === null || found.stat.size >= file.readEnd) return found
    if (file.identity.head.length < HEAD_MAX || found.head.hash !== file.identity.head.hash) return found
    if (inodeKey(found.stat) === inodeKey(file.identity) || found.place === file.path) return found
    const below = [file.settled, ...file.trail].filter(({ offset }) => offset <= found.stat.size)
    const last = below.toSorted((a, b) => a.offset - b.offset).at(-1)
    const isMarked =
      last !== undefined &&
      last.offset >= HEAD_MAX + MARK_MAX &&
      (await holdsMark(found.handle, last).catch(() => false))
    return isMarked || this.#copies.isCopy(found, file) ? { ...found, copyOf: file.id } : found
  }

  #giveUp(file: TrackedFile, { session }: Moment): void {
    const { catalogue, emit } = this.#parts
    const how = catalogue.displaced.get(file) ?? 'replaced'
    const abandoned = file.abandonRest(session)
    if (how === 'gone') emit({ name: 'file_gone', file, abandoned })
    else emit({ name: 'file_ended', file, how, abandoned })
    catalogue.end(file)
  }
}
