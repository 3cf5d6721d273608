// The part of identify that deals with `.gz` files: a known file goes on inside its compressed form, a new one is born from its
// decompressed stream, and nothing that was shipped as a plain file is shipped again.

import { foreignFor, gzipsFor, isNamedAfterFile } from './compressed-names.ts'
import { type FileStat, inodeKey } from './disk.ts'
import type { Remark } from './file-events.ts'
import { digestOf, HEAD_MAX } from './fingerprint.ts'
import { GzipFile } from './gzip-file.ts'
import { type Gzip, type Gzips, isAsProven, isProven, mayPass } from './gzips.ts'
import type { Lead } from './inspect.ts'
import { Heads, isReadAlready, isTelling, isThere, kinship } from './kinship.ts'
import type { Look } from './look.ts'
import { remountGzip } from './remount.ts'
import { displace, fileAt, type IdentifyParts, leadsTo, type Moment, type NewFile } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'

export interface CompressedParts extends IdentifyParts {
  readonly gzips: Gzips
}

/** wait: there may be one, which is not known yet · else why there is none, where a name gives reason to say so */
export type Continuation = 'continued' | 'wait' | { readonly remark: Remark }

/**
 * What a `.gz` holds: known: nothing that was not read, and no input names it · the same as a known file, or more · else something
 * to be born, of which nothing is shipped where it is the front of a known file
 */
type Content = 'undecided' | 'known' | { readonly same: TrackedFile } | { readonly frontOf: TrackedFile | null }

export class Compressed {
  readonly #parts: CompressedParts
  #heads: Heads | null = null
  /** Named once: a `.gz` whose file is still there. */
  readonly #held = new Map<string, TrackedFile>()

  constructor(parts: CompressedParts) {
    this.#parts = parts
  }

  /** A look begins. */
  begin(): void {
    this.#heads = null
    this.#parts.gzips.begin()
  }

  /** A `.gz` that is to be read. Returns it when it is to be born, or why it cannot be read. */
  async inspect(
    lead: Lead,
    stat: FileStat,
    known: TrackedFile | undefined,
    look: Look,
  ): Promise<NewFile | string | null> {
    const { path } = lead
    const { gzips } = this.#parts
    if (known?.identity.packed !== undefined) {
      look.sight(known)
      await this.revisit(known, path, stat, look.moment)
      return null
    }
    if (await remountGzip(this.#parts, stat)) return null
    const gzip = gzips.at(path, stat)
    if (gzip !== null && gzip.fault !== null && !mayPass(gzip, stat, look.moment)) return gzip.fault
    const holds = gzip === null || gzip.fault !== null ? 'undecided' : await this.#contentOf(gzip, lead)
    if (gzip === null || holds === 'undecided') look.undecided.add(path)
    else if (holds !== 'known' && 'same' in holds) await this.#take(holds.same, gzip, stat, look.moment)
    else if (holds !== 'known') return this.#newFile(lead, stat, gzip, holds.frontOf)
    return null
  }

  /** It is `kin`'s: that goes on in it, once nothing else leads to its bytes. */
  async #take(kin: TrackedFile, gzip: Gzip, stat: FileStat, moment: Moment): Promise<void> {
    // What continues a displaced file is sought at the end of the look.
    if (isThere(kin)) this.#hold(gzip.path, kin)
    else if (kin.life !== 'displaced') await this.#goOn(kin, gzip, stat, moment)
  }

  /** A known file that is a `.gz` was found at `path`: renamed, as it was, or with other bytes in it. */
  async revisit(file: TrackedFile, path: string, stat: FileStat, moment: Moment): Promise<void> {
    const { birthTimes, disk, emit, gzips } = this.#parts
    const isGivenUp = file.life === 'gone' && file.totals.abandoned > file.cutOff
    if (isGivenUp || birthTimes.differ(file.identity, stat)) return displace(this.#parts, file, 'replaced')
    const place = disk.resolve(path) ?? path
    if (place !== file.path && !leadsTo(disk, file)) {
      emit({ name: 'file_renamed', file, to: place })
      file.path = place
      file.life = 'rotated'
      file.dirty = true
    } else if (!file.rereadable) file.life = path === file.birth.path ? 'living' : 'rotated'
    file.lostRounds = 0
    if (isAsProven(file, stat)) return
    const gzip = gzips.at(path, stat)
    if (gzip === null || (gzip.fault !== null && mayPass(gzip, stat, moment))) return
    const kin = gzip.fault === null ? await kinship(file, gzip, this.#parts, true) : 'other'
    if (kin === 'other' || kin === 'front') return displace(this.#parts, file, 'rewritten')
    if (kin === 'same') await this.#goOn(file, gzip, stat, moment)
  }

  /** Nothing leads to `file` any more: seeks its compressed form in its folder, and lets it go on there. */
  async seek(file: TrackedFile, names: readonly string[], moment: Moment): Promise<Continuation> {
    let isWaiting = false
    let damaged: string | null = null
    for (const { name, path, stat } of gzipsFor(file, names, (place) => this.#peek(place))) {
      const gzip = this.#parts.gzips.at(path, stat)
      // Those with foreign names for which there is no room are left out: it would be waited for others than them for ever.
      if (gzip === null) isWaiting ||= this.#parts.gzips.has(stat) || isNamedAfterFile(name, file)
      else if (gzip.fault !== null) {
        if (!isNamedAfterFile(name, file)) continue
        if (mayPass(gzip, stat, moment)) isWaiting = true
        damaged ??= `${name} is named after it, but ${gzip.fault}`
      } else if (isReadAlready(file, gzip)) break
      else if (!this.#isAnothers(file, gzip)) {
        const kin = await kinship(file, gzip, this.#parts, true)
        // What little was read may be in all generations, and a younger one may turn out to hold it too.
        if (kin === 'undecided' || (kin === 'same' && isWaiting && !isTelling(file.cursor))) isWaiting = true
        else if (kin === 'same') {
          await this.#goOn(file, gzip, stat, moment)
          return 'continued'
        }
      }
    }
    if (isWaiting) return 'wait'
    const foreign = foreignFor(file, names)
    const remark =
      foreign === undefined ? null : `${foreign} is named after it, but of compressed files only .gz is read`
    return { remark: damaged ?? remark }
  }

  /** A file may begin as another does, whose archive this is. Where bytes of its own are missing, the name must say so too. */
  #isAnothers(file: TrackedFile, gzip: Gzip): boolean {
    return this.#alike(gzip).some(
      (other) =>
        other !== file &&
        other.identity.head.length === HEAD_MAX &&
        (file.lag === 0 || gzip.path === `${other.path}.gz`) &&
        isReadAlready(other, gzip),
    )
  }

  #alike(gzip: Gzip): TrackedFile[] {
    this.#heads ??= new Heads(this.#parts.catalogue)
    return this.#heads.alike(gzip.front as Buffer)
  }

  /** What lies there, unless it is another known file. */
  #peek(path: string): FileStat | null {
    const { disk, catalogue } = this.#parts
    const stat = fileAt(disk, path)
    const known = stat === null ? undefined : catalogue.at(stat)
    return known === undefined || !isThere(known) ? stat : null
  }

  async #contentOf(gzip: Gzip, { candidate }: Lead): Promise<Content> {
    // A spool's files are each one of their own.
    const alike = candidate.input.mode === 'spool' ? [] : this.#alike(gzip)
    if (!candidate.gzip && alike.some((file) => isReadAlready(file, gzip))) return 'known'
    let frontOf: TrackedFile | null = null
    let same: TrackedFile | null = null
    for (const file of alike) {
      const is = await kinship(file, gzip, this.#parts)
      if (is === 'undecided') return is
      if (is === 'same') same ??= file
      if (is === 'front') frontOf ??= file
    }
    if (same !== null) return { same }
    if (gzip.whole !== null) return { frontOf }
    this.#parts.gzips.prove(gzip, [])
    return 'undecided'
  }

  /** Its own file is still there, and is read instead. */
  #hold(path: string, original: TrackedFile): void {
    if (this.#held.get(path) !== original) this.#parts.emit({ name: 'gzip_held', path, original })
    this.#held.set(path, original)
  }

  async #newFile(
    { candidate, path, life }: Lead,
    stat: FileStat,
    gzip: Gzip,
    frontOf: TrackedFile | null,
  ): Promise<NewFile | null> {
    const { disk } = this.#parts
    const place = disk.resolve(path)
    const { whole, packed } = gzip
    if (place === null || whole === null) return null
    await this.#endFormer(stat, null)
    const compressed = await disk.open(path)
    const now = await compressed.stat()
    if (inodeKey(now) !== gzip.key || !isProven(packed, now)) {
      await compressed.close()
      return null
    }
    const { size, mark } = whole
    return {
      candidate,
      place,
      life,
      copyOf: frontOf?.id ?? null,
      stat: { ...stat, size },
      fresh: false,
      head: digestOf(gzip.front as Buffer),
      handle: new GzipFile(compressed, size),
      gzip: { packed, end: { offset: size, carry: null, mark } },
    }
  }

  /** The file's bytes are read from the `.gz` from now on, from where it stands. */
  async #goOn(file: TrackedFile, gzip: Gzip, stat: FileStat, moment: Moment): Promise<void> {
    const { catalogue, handles, disk, emit } = this.#parts
    const { whole, packed, path } = gzip
    if (whole === null) return
    await this.#endFormer(stat, file)
    await handles.close(file)
    const { dev, ino, birth } = stat
    const isNew = catalogue.at(stat) !== file
    catalogue.move(file, { dev, ino, birth, head: file.identity.head, packed })
    const place = disk.resolve(path) ?? path
    if (isNew) {
      emit({ name: 'file_continued', file, to: place })
      file.path = place
      file.life = 'rotated'
    }
    const cut = file.cutTo(whole.size, moment.session)
    if (cut > 0) emit({ name: 'file_shrunk', file, abandoned: cut })
    file.seen(whole.size)
    file.changedAt = moment.monotonic
    Object.assign(file, {
      stalledAt: -1,
      lostRounds: 0,
      misses: 0,
      trouble: null,
      lastStat: null,
      fresh: false,
      dirty: true,
    })
  }

  /** A file that had this inode, and was lost with it. */
  async #endFormer(stat: FileStat, later: TrackedFile | null): Promise<void> {
    const { catalogue } = this.#parts
    const former = catalogue.at(stat)
    if (former !== undefined && former !== later) catalogue.end(former)
  }
}
