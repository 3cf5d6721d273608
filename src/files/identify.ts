// Stage 2, identify: decides what each path leads to: new, same, grown, renamed, copied, truncated, rewritten, gone; and what
// becomes of known files that no path leads to.

import { Settling } from '../spool/settling.ts'
import { Compressed } from './compressed.ts'
import { Copies } from './copies.ts'
import { type Candidate, type Discovery, isGzip } from './discover.ts'
import { inodeKey } from './disk.ts'
import { Displaced } from './displaced.ts'
import type { Gzips } from './gzips.ts'
import { Inspector, type Lead } from './inspect.ts'
import { Look } from './look.ts'
import type { Looks } from './looks.ts'
import { LostFiles } from './lost.ts'
import { Precedence } from './precedence.ts'
import { Siblings, type SiblingsParts } from './siblings.ts'
import { displace, leadsTo, type Moment, type NewFile } from './sight.ts'
import type { TrackedFile } from './tracked-file.ts'
import { passes } from './unchanged.ts'

export interface IdentifierParts extends SiblingsParts {
  readonly looks: Looks
  readonly gzips: Gzips
}

export interface Identified {
  /** To be born, in this order. */
  readonly found: readonly NewFile[]
  /** Nothing that may have been rotated away unseen is left to the next look. */
  readonly complete: boolean
  /** Siblings wait for their path's own file, which was rotated away just now and is sought by the next looks. */
  readonly overtaken: boolean
}

export class Identifier {
  readonly #parts: IdentifierParts
  readonly #inspector: Inspector
  readonly #compressed: Compressed
  readonly #lost: LostFiles
  readonly #copies: Copies
  readonly #displaced: Displaced
  readonly #siblings: Siblings
  readonly #precedence: Precedence
  readonly #settling: Settling
  #looks = 0
  #overtakes = false
  /** Inodes of new files that the last look could not read: renamed away since, they are no older siblings. */
  #unread: ReadonlySet<string> = new Set()

  constructor(parts: IdentifierParts) {
    this.#parts = parts
    this.#compressed = new Compressed(parts)
    this.#lost = new LostFiles(parts, this.#compressed)
    this.#copies = new Copies(parts)
    this.#inspector = new Inspector(parts, this.#copies, this.#compressed)
    this.#displaced = new Displaced(parts, this.#copies, this.#compressed, (file) => this.#isSpooled(file))
    this.#siblings = new Siblings(parts)
    this.#precedence = new Precedence(parts.gzips)
    this.#settling = new Settling(parts.emit)
  }

  /** Files of a spool are not taken yet, since they may still be written to. */
  get isSettling(): boolean {
    return this.#settling.isPending
  }

  /** Brings the catalogue up to what is on disk. */
  async look(discovery: Discovery, moment: Moment): Promise<Identified> {
    const { candidates, blind } = discovery
    const look = new Look(moment, ++this.#looks)
    this.#overtakes = false
    if (!this.#parts.looks.isComplete) this.#siblings.again()
    // Only the end of this one makes it so again, whatever fails on the way.
    this.#parts.looks.begin()
    this.#compressed.begin()
    this.#settling.begin()
    const matched: NewFile[] = []
    for (const file of this.#parts.catalogue.all()) file.blocked = false
    const changed = candidates.filter((candidate) => !passes(this.#parts, candidate, look))
    for (const candidate of this.#knownPathsFirst(changed))
      await this.#take({ candidate, path: candidate.path, life: 'living' }, look, matched)
    await this.#lost.follow(look, blind)
    for (const { candidate, place, life } of this.#copies.held)
      await this.#take({ candidate, path: place, life }, look, matched)
    const rotated: NewFile[] = []
    const unproven = new Set<string>()
    const all = await this.#takeSiblings(discovery, look, rotated, unproven)
    this.#settling.end()
    // Each file of a spool is one of its own, whatever other it begins like.
    const { spooled, tailed } = byMode(this.#inOrder(rotated, matched))
    const left = await this.#displaced.resolve(tailed, moment)
    const held = await this.#precedence.hold(await this.#copies.hold(left, moment), unproven, moment)
    const found = [...held, ...spooled]
    this.#unread = look.unread
    const complete = all && blind.size === 0 && !this.#copies.holdsRotated
    return { found, complete, overtaken: this.#overtakes }
  }

  /** The read showed that the bytes are not this file's any more: its inode is looked at anew in the next round. */
  disown(file: TrackedFile): Promise<void> {
    return displace(this.#parts, file, 'rewritten')
  }

  #isSpooled({ birth }: TrackedFile): boolean {
    return this.#parts.startedInput(birth.input)?.mode === 'spool'
  }

  /** False when one of them could not be looked at. */
  async #takeSiblings(discovery: Discovery, look: Look, found: NewFile[], unproven: Set<string>): Promise<boolean> {
    const since = this.#parts.looks.since(look.moment)
    if (since === null) return true
    const sought = await this.#siblings.seek(discovery, since, look.moment, (inode) => this.#unread.has(inode))
    let all = sought.complete
    for (const { candidate, place, stat } of sought.found) {
      if (look.isTaken(stat, this.#parts.catalogue.at(stat))) continue
      if (this.#isOvertaken(candidate.path)) {
        all = false
        this.#overtakes = true
        continue
      }
      const isBorn = await this.#take({ candidate, path: place, life: 'rotated' }, look, found)
      // One that is known to hold nothing new is dealt with.
      if (!isBorn && (!isGzip(place) || look.undecided.has(place))) all = false
      if (look.undecided.has(place)) unproven.add(candidate.path)
    }
    return all
  }

  /**
   * What was rotated away comes before its successor; but what was met at the path may have gone away itself while the look went on,
   * and be older than what did so since. Of a file that is still there its time of birth says nothing: it may have been truncated.
   */
  #inOrder(rotated: readonly NewFile[], matched: readonly NewFile[]): NewFile[] {
    if (rotated.length === 0) return [...matched]
    const { birthTimes } = this.#parts
    const left = new Map<string, bigint>()
    for (const one of matched) if (!this.#isStillThere(one)) left.set(one.candidate.path, birthTimes.of(one.stat))
    const isYounger = ({ candidate, stat, gzip }: NewFile): boolean => {
      const birth = left.get(candidate.path) ?? 0n
      return birth > 0n && gzip === null && birthTimes.of(stat) > birth
    }
    const met = matched.map((one) => (left.has(one.candidate.path) ? { ...one, life: 'rotated' as const } : one))
    return [...rotated.filter((one) => !isYounger(one)), ...met, ...rotated.filter(isYounger)]
  }

  #isStillThere({ place, stat }: NewFile): boolean {
    try {
      const now = this.#parts.disk.peek(place)
      return now !== null && inodeKey(now) === inodeKey(stat)
    } catch {
      return true
    }
  }

  /** The path's own file was rotated away since it was looked at: its last lines come before those of later generations. */
  #isOvertaken(path: string): boolean {
    const { catalogue, disk } = this.#parts
    for (const file of catalogue.bornAt(path)) if (file.life === 'living' && !leadsTo(disk, file)) return true
    return false
  }

  /** True when the lead led to a new file. */
  async #take(lead: Lead, look: Look, found: NewFile[]): Promise<boolean> {
    const born = await this.#inspector.inspect(lead, look)
    if (born === null) return false
    if (this.#settling.waits(born, look.moment)) {
      await born.handle?.close()
      return false
    }
    found.push(await this.#withinLimit(born, found.length))
    return true
  }

  /** A hundred thousand new files must not need as many handles until they are born. */
  async #withinLimit(born: NewFile, before: number): Promise<NewFile> {
    if (before < this.#parts.handles.room) return born
    await born.handle?.close()
    return { ...born, handle: null }
  }

  // A file's own path comes before its other names, so that a link never takes its place.
  #knownPathsFirst(candidates: readonly Candidate[]): readonly Candidate[] {
    const { catalogue } = this.#parts
    if (candidates.length < 2) return candidates
    /** Of those that are not where they were born: the others are found by that. */
    const moved = new Set<string>()
    for (const file of catalogue.all()) if (file.life !== 'ended' && file.path !== file.birth.path) moved.add(file.path)
    const isOwn = ({ path }: Candidate): boolean => {
      for (const file of catalogue.bornAt(path)) if (file.life !== 'ended' && file.path === path) return true
      return moved.has(path)
    }
    const others = candidates.filter((candidate) => !isOwn(candidate))
    if (others.length === 0 || others.length === candidates.length) return candidates
    const strange = new Set(others)
    return [...candidates.filter((candidate) => !strange.has(candidate)), ...others]
  }
}

function byMode(found: readonly NewFile[]): { spooled: readonly NewFile[]; tailed: readonly NewFile[] } {
  const spooled = found.filter(({ candidate }) => candidate.input.mode === 'spool')
  return { spooled, tailed: spooled.length === 0 ? found : found.filter((one) => !spooled.includes(one)) }
}
