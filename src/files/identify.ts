// Stage 2, identify: opens once, asks the handle, and decides what a path leads to: new, same, grown, renamed, truncated,
// rewritten, gone.

import { readable } from '../support/errors.ts'
import type { Candidate, Discovery } from './discover.ts'
import { type FileStat, inodeKey, type OpenFile } from './disk.ts'
import { headOf, isContinuation, isFresh } from './evidence.ts'
import type { Digest } from './fingerprint.ts'
import { LostFiles } from './lost.ts'
import { knownAs } from './remount.ts'
import { endFile, type IdentifyParts, leadsTo, type Moment, statOf } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

/** A file that no identity is known for: to be born. */
export interface NewFile {
  readonly candidate: Candidate
  readonly stat: FileStat
  readonly fresh: boolean
  readonly head: Digest
  /** Open, as long as there is room for more handles. */
  readonly handle: OpenFile | null
  /** Where it lies, links followed: renames are sought there. */
  readonly place: string
}

export class Identifier {
  readonly #parts: IdentifyParts
  readonly #lost: LostFiles
  /** Paths that could not be used, so that each is named once. */
  readonly #named = new Map<string, string>()

  constructor(parts: IdentifyParts) {
    this.#parts = parts
    this.#lost = new LostFiles(parts)
  }

  /** Brings the catalogue up to what is on disk; returns what has to be born. */
  async look(discovery: Discovery, moment: Moment): Promise<NewFile[]> {
    const found: NewFile[] = []
    const sighted = new Set<TrackedFile>()
    const taken = new Set<string>()
    for (const candidate of this.#knownPathsFirst(discovery.candidates)) {
      const stat = this.#peek(candidate)
      // Two globs, a symbolic or a hard link: the inode was already looked at.
      if (stat === null || taken.has(inodeKey(stat))) continue
      taken.add(inodeKey(stat))
      const known = this.#parts.catalogue.at(inodeKey(stat))
      if (this.#ignored(candidate, stat, known, moment)) continue
      const born = await this.#inspect(candidate, stat, known, sighted, moment)
      if (born !== null) found.push(await this.#withinLimit(born, found.length))
    }
    await this.#lost.follow(sighted, discovery.blind, moment)
    return found
  }

  /** The read showed that the bytes are not this file's any more: its inode is looked at anew in the next round. */
  async disown(file: TrackedFile, moment: Moment): Promise<void> {
    await endFile(this.#parts, file, 'rewritten', moment)
  }

  /** A hundred thousand new files must not need as many handles until they are born. */
  async #withinLimit(born: NewFile, before: number): Promise<NewFile> {
    if (before < this.#parts.handles.room) return born
    await born.handle?.close()
    return { ...born, handle: null }
  }

  // A file's own path comes before its other names, so that a link never takes its place.
  #knownPathsFirst(candidates: readonly Candidate[]): readonly Candidate[] {
    const own = new Set<string>()
    for (const file of this.#parts.catalogue.all()) {
      file.blocked = false
      if (file.life !== 'ended') own.add(file.path)
    }
    return [...candidates.filter(({ path }) => own.has(path)), ...candidates.filter(({ path }) => !own.has(path))]
  }

  #peek({ path }: Candidate): FileStat | null {
    try {
      const stat = this.#parts.disk.peek(path)
      // What is no UTF-8 in a name was replaced when the folder was listed, so that nothing is found under it.
      if (stat === null) return path.includes('\uFFFD') ? this.#refuse(path, 'its name is not valid UTF-8') : null
      if (stat.kind === 'folder') return null
      if (stat.kind === 'other') return this.#refuse(path, 'it is a FIFO, a socket or a device, not a file')
      if (path.endsWith('.gz')) return this.#refuse(path, 'compressed files are not read in this version')
      this.#parts.birthTimes.note(stat)
      return stat
    } catch (error) {
      return this.#refuse(path, readable(error))
    }
  }

  #refuse(path: string, reason: string): null {
    if (this.#named.get(path) !== reason) this.#parts.emit({ name: 'file_unreadable', path, reason })
    this.#named.set(path, reason)
    return null
  }

  #ignored({ input }: Candidate, stat: FileStat, known: TrackedFile | undefined, moment: Moment): boolean {
    // Written to before a machine slept, or before its clock jumped: also what was not counted yet is unsettled.
    if (known !== undefined && (known.lag > 0 || stat.size !== known.size)) return false
    return input.ignoreOlder > 0 && moment.now - Number(stat.mtime / 1_000_000n) > input.ignoreOlder
  }

  async #inspect(
    candidate: Candidate,
    stat: FileStat,
    known: TrackedFile | undefined,
    sighted: Set<TrackedFile>,
    moment: Moment,
  ): Promise<NewFile | null> {
    if (known !== undefined && this.#isUnchanged(known, candidate.path, stat)) {
      sighted.add(known)
      return null
    }
    const handle = await this.#open(candidate.path)
    if (handle === null) {
      if (known !== undefined) sighted.add(known)
      return null
    }
    try {
      const born = await this.#judge(candidate, stat, known, handle, sighted, moment)
      this.#named.delete(candidate.path)
      return born
    } catch (error) {
      // One file that cannot be read holds no other back; it is looked at again in the next round.
      if (known !== undefined) sighted.add(known)
      if (known?.handle !== handle) await handle.close()
      return this.#refuse(candidate.path, readable(error))
    }
  }

  /** What the open file is: a known one's next state, or one to be born. Rejects with the system's error. */
  async #judge(
    candidate: Candidate,
    stat: FileStat,
    known: TrackedFile | undefined,
    handle: OpenFile,
    sighted: Set<TrackedFile>,
    moment: Moment,
  ): Promise<NewFile | null> {
    const now = await handle.stat()
    const same = inodeKey(now) === inodeKey(stat) ? await knownAs(this.#parts, known, now, handle) : undefined
    if (inodeKey(now) !== inodeKey(stat) || now.kind !== 'file') {
      // The path changed its file between the two looks: the next round sees it clearly.
      await handle.close()
      return null
    }
    if (same !== undefined && (await this.#accept(same, candidate, now, handle, moment))) {
      sighted.add(same)
      return null
    }
    const place = this.#parts.disk.resolve(candidate.path)
    if (place === null) {
      // It went away meanwhile; without its place it could not be found again under another name.
      await handle.close()
      return null
    }
    return { candidate, stat: now, fresh: isFresh(now, moment.now), head: await headOf(handle), handle, place }
  }

  /** Nothing changed since the last look; by another of its names only as long as its own still leads to it. */
  #isUnchanged(file: TrackedFile, path: string, stat: FileStat): boolean {
    const last = file.lastStat
    // One that was not to be found is living again.
    if (file.life === 'missing' || file.life === 'gone' || file.fresh) return false
    if (last === null || last.size !== stat.size || last.mtime !== stat.mtime || last.ctime !== stat.ctime) return false
    return file.path === path || leadsTo(this.#parts.disk, file)
  }

  async #open(path: string): Promise<OpenFile | null> {
    try {
      return await this.#parts.disk.open(path)
    } catch (error) {
      return this.#refuse(path, readable(error))
    }
  }

  /** True when the handle is `file`'s next state; else the file has ended. Takes the handle in the first case. */
  async #accept(
    file: TrackedFile,
    { path }: Candidate,
    now: FileStat,
    handle: OpenFile,
    moment: Moment,
  ): Promise<boolean> {
    const ended = await this.#whyEnded(file, now, handle)
    if (ended !== null) {
      await endFile(this.#parts, file, ended, moment)
      return false
    }
    this.#note(file, path, now, moment)
    if (file.handle === null) await this.#parts.handles.adopt(file, handle)
    else await handle.close()
    return true
  }

  async #whyEnded(
    file: TrackedFile,
    now: FileStat,
    handle: OpenFile,
  ): Promise<'replaced' | 'truncated' | 'rewritten' | null> {
    if (this.#parts.birthTimes.differ(file.identity, now)) return 'replaced'
    // Behind bytes that were given up, no mark vouches for what an inode of this number holds now.
    if (file.life === 'gone' && file.totals.abandoned > file.cutOff) return 'replaced'
    if (now.size < file.readEnd) return 'truncated'
    // Also where the read will compare them anyway: a size must be this file's before its bytes count as seen.
    return (await isContinuation(file, handle)) ? null : 'rewritten'
  }

  #note(file: TrackedFile, path: string, now: FileStat, moment: Moment): void {
    const { emit, disk } = this.#parts
    const cut = file.cutTo(now.size, moment.session)
    if (cut > 0) emit({ name: 'file_shrunk', file, abandoned: cut })
    const place = disk.resolve(path) ?? path
    // Asked again: a rename between the first look and this one is the next round's.
    if (place !== file.path && !leadsTo(disk, file) && statOf(disk, place, file) !== null) {
      emit({ name: 'file_renamed', file, to: place })
      file.path = place
      file.life = 'rotated'
      file.dirty = true
    } else if (file.life === 'missing' || file.life === 'gone') {
      file.life = path === file.birth.path ? 'living' : 'rotated'
    }
    if (cut > 0 || now.size !== file.size || file.lastStat === null || now.mtime !== file.lastStat.mtime) {
      file.changedAt = moment.monotonic
      // An unfinished line may have been cut off and another one written, to the same size.
      file.stalledAt = -1
    }
    file.seen(now.size)
    file.lastStat = now
    file.fresh = isFresh(now, moment.now)
    file.lostRounds = 0
  }
}
