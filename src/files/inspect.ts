// Stage 2, identify, for one path: opens once, asks the handle, and decides what it leads to.

import { dirname } from 'node:path'
import { readable } from '../support/errors.ts'
import type { Displacement } from './catalogue.ts'
import type { Compressed } from './compressed.ts'
import type { Copies } from './copies.ts'
import { type Candidate, isGzip } from './discover.ts'
import { type FileStat, inodeKey, type OpenFile } from './disk.ts'
import { headOf, isContinuation, isFresh } from './evidence.ts'
import { HEAD_MAX } from './fingerprint.ts'
import type { Look } from './look.ts'
import { concerns, isSameSize, isUnpacked } from './packed.ts'
import { knownAs } from './remount.ts'
import { displace, type IdentifyParts, isCopy, leadsTo, type Moment, type NewFile, statOf } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'
import { isUnchanged } from './unchanged.ts'

/** A path that may lead to a file. */
export interface Lead {
  /** The path and the input that such a file is born under. */
  readonly candidate: Candidate
  /** Where to look. */
  readonly path: string
  readonly life: NewFile['life']
}

type Seen = Pick<NewFile, 'stat' | 'head'>

export class Inspector {
  readonly #parts: IdentifyParts
  readonly #copies: Copies
  readonly #compressed: Compressed
  /** Paths that could not be used, so that each is named once. */
  readonly #named = new Map<string, string>()

  constructor(parts: IdentifyParts, copies: Copies, compressed: Compressed) {
    this.#parts = parts
    this.#copies = copies
    this.#compressed = compressed
  }

  /** Brings what is known of the path's file up to date; returns a file that has to be born. */
  async inspect(lead: Lead, look: Look): Promise<NewFile | null> {
    const stat = this.#peek(lead)
    if (stat === null) return null
    const known = this.#parts.catalogue.at(stat)
    // Two globs, a symbolic or a hard link: the inode was already looked at.
    if (look.isTaken(stat, known)) return null
    look.take(stat)
    if (this.#ignored(lead.candidate, stat, known, look.moment)) return null
    if (concerns(lead, known, stat)) return this.#inspectGzip(lead, stat, known, look)
    const born = await this.#open(lead, stat, known, look)
    if (born === null && known === undefined && this.#named.has(lead.path)) look.unread.add(inodeKey(stat))
    return born
  }

  async #inspectGzip(lead: Lead, stat: FileStat, known: TrackedFile | undefined, look: Look): Promise<NewFile | null> {
    try {
      const fate = await this.#compressed.inspect(lead, stat, known, look)
      if (typeof fate === 'string') return this.#refuse(lead.path, fate)
      if (fate !== null) this.#named.delete(lead.path)
      return fate
    } catch (error) {
      return this.#refuse(lead.path, readable(error))
    }
  }

  #peek(lead: Lead): FileStat | null {
    const { path } = lead
    try {
      const stat = this.#parts.disk.peek(path)
      // What is no UTF-8 in a name was replaced when the folder was listed, so that nothing is found under it.
      if (stat === null) return path.includes('\uFFFD') ? this.#refuse(path, 'its name is not valid UTF-8') : null
      if (stat.kind === 'folder') return null
      if (stat.kind === 'other') return this.#refuse(path, 'it is a FIFO, a socket or a device, not a file')
      this.#parts.birthTimes.note(stat)
      if (lead.candidate.input.mode === 'spool')
        this.#parts.birthTimes.noteBy(stat, () => this.#parts.disk.peek(dirname(path)))
      if (!isGzip(path) || isUnpacked(lead)) return stat
      // One that a known file goes on in is found by that file's path.
      if (this.#parts.catalogue.at(stat)?.identity.packed !== undefined) return null
      return this.#refuse(
        path,
        'a compressed file is only read where a pattern of inputpath names it that ends in .gz itself',
      )
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
    if (known !== undefined && (known.lag > 0 || !isSameSize(known, stat))) return false
    return input.ignoreOlder > 0 && moment.now - Number(stat.mtime / 1_000_000n) > input.ignoreOlder
  }

  async #open(lead: Lead, stat: FileStat, known: TrackedFile | undefined, look: Look): Promise<NewFile | null> {
    const { path } = lead
    if (known !== undefined && isUnchanged(this.#parts, known, path, stat)) {
      look.sight(known)
      return null
    }
    const handle = await this.#handleOf(path)
    if (handle === null) {
      if (known !== undefined) look.sight(known)
      return null
    }
    try {
      const born = await this.#judge(lead, stat, known, handle, look)
      this.#named.delete(path)
      return born
    } catch (error) {
      // One file that cannot be read holds no other back; it is looked at again in the next round.
      if (known !== undefined) look.sight(known)
      if (known?.handle !== handle) await handle.close()
      return this.#refuse(path, readable(error))
    }
  }

  /** What the open file is: a known one's next state, or one to be born. Rejects with the system's error. */
  async #judge(
    lead: Lead,
    stat: FileStat,
    known: TrackedFile | undefined,
    handle: OpenFile,
    look: Look,
  ): Promise<NewFile | null> {
    const { catalogue, disk } = this.#parts
    const { moment } = look
    const { candidate, path, life } = lead
    const now = await handle.stat()
    const same = inodeKey(now) === inodeKey(stat) ? await knownAs(this.#parts, known, now, handle) : undefined
    if (inodeKey(now) !== inodeKey(stat) || now.kind !== 'file') {
      // The path changed its file between the two looks: the next round sees it clearly.
      await handle.close()
      return null
    }
    const head = await headOf(handle)
    if (same !== undefined && this.#isAnother(same, { stat: now, head, place: path })) {
      catalogue.end(same)
      await this.#parts.handles.close(same)
    } else if (same !== undefined && (await this.#accept(same, lead, { stat: now, head }, handle, moment))) {
      look.sight(same)
      return null
    }
    const place = disk.resolve(path)
    // It may have been truncated between the calls above: what was seen of the old bytes is not the new file's.
    const born = same === undefined ? { stat: now, head } : { stat: await handle.stat(), head: await headOf(handle) }
    const isTorn = born.head.length < Math.min(born.stat.size, HEAD_MAX)
    // Or the inode is that of a `.gz` now; or it went away, and without its place could not be found again.
    if (isTorn || isUnpacked(lead) || place === null) {
      await handle.close()
      look.undecided.add(path)
      return null
    }
    return { ...born, candidate, fresh: isFresh(born.stat, moment.now), handle, place, life, copyOf: null, gzip: null }
  }

  /** Known as a copy, or as empty, it shows only now what it is: of neither was anything shipped. */
  #isAnother(file: TrackedFile, seen: Pick<NewFile, 'stat' | 'head' | 'place'>): boolean {
    if (isCopy(file)) return seen.stat.size > file.size
    // The NULs of a hole are no other file's, though those of another hole are the same.
    const wasEmpty = file.size === 0 && file.identity.head.length === 0 && file.cutOff === 0 && file.hole === null
    return wasEmpty && seen.stat.size > 0 && this.#copies.originalOf(seen) !== null
  }

  async #handleOf(path: string): Promise<OpenFile | null> {
    try {
      return await this.#parts.disk.open(path)
    } catch (error) {
      return this.#refuse(path, readable(error))
    }
  }

  /** True when the handle is `file`'s next state; else the file has ended. Takes the handle in the first case. */
  async #accept(
    file: TrackedFile,
    { path, candidate }: Lead,
    seen: Seen,
    handle: OpenFile,
    moment: Moment,
  ): Promise<boolean> {
    const { stat: now, head } = seen
    const isOver = candidate.input.mode === 'spool' && this.#isOver(file, now)
    const ended = isOver ? 'replaced' : await this.#whyEnded(file, now, handle)
    if (ended !== null) {
      await displace(this.#parts, file, ended)
      return false
    }
    // Nothing of it was read yet: until then nothing else would tell it from what may be written over it.
    if (file.identity.head.length === 0) file.identity = { ...file.identity, head }
    this.#note(file, path, now, moment)
    if (file.handle === null) await this.#parts.handles.adopt(file, handle)
    else await handle.close()
    return true
  }

  /** It is no more, and a name used again is a new file: also where its bytes are the same, only its time of birth says that it is back. */
  #isOver({ life, handle, identity }: TrackedFile, now: FileStat): boolean {
    if (life === 'deleted') return handle === null
    return life === 'gone' && (identity.birth === 0n || this.#parts.birthTimes.of(now) !== identity.birth)
  }

  async #whyEnded(file: TrackedFile, now: FileStat, handle: OpenFile): Promise<Exclude<Displacement, 'gone'> | null> {
    if (this.#parts.birthTimes.differ(file.identity, now)) return 'replaced'
    // Behind bytes that were given up, no mark vouches for what an inode of this number holds now.
    if (file.life === 'gone' && file.totals.abandoned > file.cutOff) return 'replaced'
    // Of what was never read no byte can be compared: only its size says that it is there.
    if (now.size < (file.identity.head.length === 0 ? file.size : file.readEnd)) return 'truncated'
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
      file.dirty = true
    }
    if (cut > 0 || now.size !== file.size || file.lastStat === null || now.mtime !== file.lastStat.mtime) {
      file.changedAt = moment.monotonic
      // An unfinished line may have been cut off and another one written, to the same size.
      file.stalledAt = -1
    }
    file.seen(now.size)
    file.looked(now)
    file.fresh = isFresh(now, moment.now)
    file.lostRounds = 0
  }
}
