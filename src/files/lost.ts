// Files that no candidate led to: sought by device and inode in their folder, drained through their handle, or given up.

import { dirname, join } from 'node:path'
import { readable } from '../support/errors.ts'
import type { Compressed } from './compressed.ts'
import { isGzip } from './discover.ts'
import type { Disk, FileStat } from './disk.ts'
import { isContinuation, isFresh } from './evidence.ts'
import type { Life } from './life.ts'
import type { Look } from './look.ts'
import { remountedAmong } from './remount.ts'
import { displace, type IdentifyParts, leadsTo, type Moment, statOf } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/** A rename may hide a file from one listing; only a second look in another round counts. */
const ROUNDS_BEFORE_GONE = 2

interface Listing {
  readonly names: readonly string[]
  /** Why the folder could not be asked. */
  readonly fault: string | null
}

export class LostFiles {
  readonly #parts: IdentifyParts
  readonly #compressed: Compressed
  readonly #blindNamed = new Set<string>()

  constructor(parts: IdentifyParts, compressed: Compressed) {
    this.#parts = parts
    this.#compressed = compressed
  }

  /** Looks after every known file that no candidate led to. */
  async follow(look: Look, blind: ReadonlyMap<string, string>): Promise<void> {
    const { moment } = look
    this.#nameBlind(blind)
    const listings = new Map<string, Promise<Listing>>()
    for (const file of this.#parts.catalogue.all()) {
      if (look.isSighted(file) || !isSought(file)) continue
      const path = await this.#find(file, listings)
      if (path !== null) await this.#found(file, path, isBelow(path, blind), moment)
      else if (file.handle !== null) await this.#drain(file, moment)
      else await this.#miss(file, listings, look)
    }
  }

  #nameBlind(blind: ReadonlyMap<string, string>): void {
    for (const folder of this.#blindNamed) if (!blind.has(folder)) this.#blindNamed.delete(folder)
    for (const [path, reason] of blind) {
      if (this.#blindNamed.has(path)) continue
      this.#blindNamed.add(path)
      this.#parts.emit({ name: 'folder_blind', path, reason })
    }
  }

  /** Where the file is now: at its path (outside of all globs), or renamed within its folder. */
  async #find(file: TrackedFile, listings: Map<string, Promise<Listing>>): Promise<string | null> {
    const { disk } = this.#parts
    if (leadsTo(disk, file)) return file.path
    // A file that was sought in vain and is held open needs no listing in every round.
    if (file.handle !== null && file.lostRounds >= ROUNDS_BEFORE_GONE) return null
    const folder = dirname(file.path)
    for (const name of (await this.#list(folder, listings)).names) {
      const path = join(folder, name)
      if (statOf(disk, path, file) !== null && !isArchiveInItsPlace(file, name)) return path
    }
    return null
  }

  #list(folder: string, listings: Map<string, Promise<Listing>>): Promise<Listing> {
    let listing = listings.get(folder)
    if (listing === undefined) {
      listing = this.#parts.disk.list(folder).then(
        (names) => ({ names, fault: null }),
        (error: unknown) => ({ names: [], fault: readable(error) }),
      )
      listings.set(folder, listing)
    }
    return listing
  }

  async #found(file: TrackedFile, path: string, isBlind: boolean, moment: Moment): Promise<void> {
    const stat = statOf(this.#parts.disk, path, file)
    if (stat === null) return
    if (file.identity.packed !== undefined) return this.#compressed.revisit(file, path, stat, moment)
    // Its inode is another file's, wherever that lies.
    if (this.#parts.birthTimes.differ(file.identity, stat)) return displace(this.#parts, file, 'replaced')
    if (path !== file.path) {
      this.#parts.emit({ name: 'file_renamed', file, to: path })
      file.path = path
      file.life = 'rotated'
      file.dirty = true
    }
    if (!(await this.#continues(file, stat))) return displace(this.#parts, file, 'replaced')
    if (file.life === 'missing') live(file, 'living')
    // The link that led to it leads elsewhere: it was rotated away, and what it still gets is shipped.
    if (file.life === 'living' && statOf(this.#parts.disk, file.birth.path, file) === null) live(file, 'rotated')
    file.lostRounds = 0
    // No input names it any more, and what it held then is settled: it is left alone.
    if (file.life === 'living' && file.lag === 0 && wasLookedAt(file) && !isBlind) return
    const cut = file.cutTo(stat.size, moment.session)
    if (cut > 0) this.#parts.emit({ name: 'file_shrunk', file, abandoned: cut })
    if (cut > 0 || stat.size !== file.size || stat.mtime !== file.lastStat?.mtime) {
      file.changedAt = moment.monotonic
      file.stalledAt = -1
    }
    file.seen(stat.size)
    file.looked(stat)
    file.fresh ||= isFresh(stat, moment.now)
  }

  /** Content is only looked at where something changed since the last look. */
  async #continues(file: TrackedFile, stat: FileStat): Promise<boolean> {
    const last = file.lastStat
    if (last !== null && !file.fresh && last.size === stat.size && last.mtime === stat.mtime) {
      // A rename changes no content, but while nobody looked much else may have happened that leaves size and time as they were.
      if (last.remembered === undefined || last.ctime === stat.ctime) return true
    }
    if (stat.size < file.readEnd) return false
    // What cannot be opened or read now proves nothing; whatever is read of it later is compared again.
    const handle = await this.#parts.handles.of(file).catch(() => null)
    const proof = handle === null ? null : await isContinuation(file, handle).catch(() => null)
    // Not taken for unchanged at the next look either.
    file.fresh = proof === null
    return proof ?? true
  }

  /** No name is known, a handle is: what it still holds is read through it. */
  async #drain(file: TrackedFile, moment: Moment): Promise<void> {
    const stat = await file.handle?.stat().catch(() => undefined)
    if (stat === undefined) return
    // Truncated before it lost its name: what was not read may stand in a copy.
    if (stat.size < Math.max(file.readEnd, file.identity.head.length)) return displace(this.#parts, file, 'truncated')
    file.lostRounds++
    const life = stat.links === 0 ? 'deleted' : 'rotated'
    if (file.life !== life && life === 'deleted') this.#parts.emit({ name: 'file_deleted', file })
    live(file, life)
    // Through somebody else's handle a nameless file can still be cut.
    const cut = file.cutTo(stat.size, moment.session)
    if (cut > 0) this.#parts.emit({ name: 'file_shrunk', file, abandoned: cut })
    if (stat.size > file.size) {
      file.seen(stat.size)
      file.changedAt = moment.monotonic
    }
    // Nothing was compared: once a path leads to it again, all of it is looked at.
    file.lastStat = null
  }

  async #miss(file: TrackedFile, listings: Map<string, Promise<Listing>>, look: Look): Promise<void> {
    const { disk, emit, catalogue } = this.#parts
    const folder = dirname(file.path)
    const { fault, names } = await this.#list(folder, listings)
    const remounted = peekDevice(disk, folder) === file.identity.dev ? null : 'another volume is mounted there'
    const reason = fault ?? peekFault(disk, file.path) ?? remounted
    if (reason !== null) {
      const paths = names.map((name) => join(folder, name))
      const path = await remountedAmong(this.#parts, file, paths, look)
      if (path !== null) return this.#found(file, path, false, look.moment)
      if (file.life !== 'missing') emit({ name: 'file_missing', file, reason })
      live(file, 'missing')
      return
    }
    if (++file.lostRounds < ROUNDS_BEFORE_GONE) return
    catalogue.miss(file)
  }
}

/** Durable with the next checkpoint, since `status` tells of it: also where nothing else moves. */
function live(file: TrackedFile, life: Life): void {
  if (file.life === life) return
  file.life = life
  file.dirty = true
}

/** By this process. */
const wasLookedAt = ({ lastStat }: TrackedFile): boolean => lastStat !== null && lastStat.remembered === undefined

const isSought = ({ life }: TrackedFile): boolean => life !== 'ended' && life !== 'gone' && life !== 'displaced'

/** A folder that could not be listed hides all that is below it. */
function isBelow(path: string, blind: ReadonlyMap<string, string>): boolean {
  if (blind.size === 0) return false
  for (let at = path; at !== dirname(at); at = dirname(at)) if (blind.has(dirname(at))) return true
  return false
}

/** A folder may be listed and still hide what its names lead to (it lacks the right to search). */
function peekFault(disk: Disk, path: string): string | null {
  try {
    disk.peek(path)
    return null
  } catch (error) {
    return readable(error)
  }
}

/** Of an empty file no byte tells it from the archive that was given its inode; and nobody renames a log to `.gz`. */
const isArchiveInItsPlace = ({ identity, path }: TrackedFile, name: string): boolean =>
  identity.head.length === 0 && isGzip(name) && !isGzip(path)

function peekDevice(disk: Disk, folder: string): bigint | null {
  try {
    return disk.peek(folder)?.dev ?? null
  } catch {
    return null
  }
}
