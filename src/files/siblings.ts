// Files that were born and renamed away between two looks, or while the agent was down: beside the path that they were
// written under, known by their rotated names alone.

import { dirname, join } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import { type Candidate, type Discovery, isGzip } from './discover.ts'
import { type FileStat, inodeKey } from './disk.ts'
import { isFresh } from './evidence.ts'
import { rotatedFrom } from './rotated-name.ts'
import type { IdentifyParts, Moment } from './sight.ts'

/** What lies at `place` is taken for a file that was born at the candidate's path. */
export interface Sibling {
  readonly candidate: Candidate
  readonly place: string
  readonly stat: FileStat
}

export interface Sought {
  /** In order of birth. */
  readonly found: readonly Sibling[]
  /** Every folder, and every name in them that may be a sibling's, could be asked. */
  readonly complete: boolean
}

/** A folder that is renamed in without end is left to the next look after so many more. */
const LISTINGS = 3

interface Listing {
  readonly rotated: readonly string[]
  /** Of the folder, from before it was listed. */
  readonly mtime: bigint
}

/** A rotated name whose file is not known. */
interface Stranger {
  readonly base: string
  readonly place: string
  /** Null: the system would not tell. */
  readonly stat: FileStat | null
}

export interface SiblingsParts extends IdentifyParts {
  /** The input with this name, once its very first start lies behind it: before that, only globs name files. */
  readonly startedInput: (name: string) => InputConfig | undefined
}

export class Siblings {
  readonly #parts: SiblingsParts
  /** Listed folders with their times: one that did not change holds nothing new. */
  readonly #listed = new Map<string, bigint>()
  #candidates: readonly Candidate[] = []
  #folders: ReadonlySet<string> = new Set()

  constructor(parts: SiblingsParts) {
    this.#parts = parts
  }

  /**
   * @param since milliseconds since the epoch: what is older was there before
   * @param isUnread inodes that could not be read then are taken whatever their age
   */
  async seek(
    { candidates, covers }: Discovery,
    since: number,
    moment: Moment,
    isUnread: (inode: string) => boolean,
  ): Promise<Sought> {
    let complete = true
    const folders = new Set([...this.#parts.catalogue.folders, ...this.#foldersOf(candidates)])
    const listings = new Map<string, Listing>()
    for (const folder of folders) {
      const listing = await this.#changed(folder, moment)
      if (listing === null) complete = false
      else if (listing.rotated.length > 0) listings.set(folder, listing)
    }
    if (listings.size === 0) return { found: [], complete }
    const matched = new Map(candidates.map((candidate) => [candidate.path, candidate]))
    const from = BigInt(Math.floor(since)) * 1_000_000n
    const found: Sibling[] = []
    const isYoung = (place: string, stat: FileStat): boolean =>
      this.#age(place, stat) >= from || isUnread(inodeKey(stat))
    for (const [folder, listing] of listings) {
      const { strangers, isSteady } = await this.#strangers(folder, listing, moment, (name) =>
        this.#stranger(folder, name, matched, isYoung),
      )
      if (!isSteady) complete = false
      for (const { base, place, stat } of strangers) {
        const candidate = await this.#original(base, matched, covers)
        if (candidate === null) continue
        if (stat === null) complete = false
        else found.push({ candidate, place, stat })
      }
    }
    return { found: found.toSorted((a, b) => Number(this.#began(a) - this.#began(b)) || byNumber(a, b)), complete }
  }

  /** Nearly always of the same candidates as the last time. */
  #foldersOf(candidates: readonly Candidate[]): ReadonlySet<string> {
    if (this.#candidates !== candidates) this.#folders = new Set(candidates.map(({ path }) => dirname(path)))
    this.#candidates = candidates
    return this.#folders
  }

  /** Not all that was found could be dealt with: the next look lists every folder again. */
  again(): void {
    this.#listed.clear()
  }

  /** While a rotation renames what is listed, a file may be found under none of the names: the folder is listed again until it rests. */
  async #strangers(
    folder: string,
    listing: Listing,
    moment: Moment,
    strangerAt: (name: string) => Stranger | null,
  ): Promise<{ readonly strangers: readonly Stranger[]; readonly isSteady: boolean }> {
    let last = listing
    for (let left = LISTINGS; ; left--) {
      const strangers = last.rotated.map(strangerAt).filter((one) => one !== null)
      const next = await this.#changed(folder, moment, last.mtime)
      if (next?.mtime === last.mtime) return { strangers, isSteady: true }
      if (next === null || left === 0) return { strangers, isSteady: false }
      last = next
    }
  }

  /** Rotated names in the folder; none when it did not change since they were last asked for, null when it cannot be asked. */
  async #changed(folder: string, { now }: Moment, known = this.#listed.get(folder)): Promise<Listing | null> {
    const { disk } = this.#parts
    try {
      const stat = disk.peek(folder)
      if (stat === null || known === stat.mtime) return { rotated: [], mtime: stat?.mtime ?? 0n }
      const names = await disk.list(folder)
      if (isFresh(stat, now)) this.#listed.delete(folder)
      else this.#listed.set(folder, stat.mtime)
      return { rotated: names.filter((name) => rotatedFrom(name) !== null), mtime: stat.mtime }
    } catch {
      return null
    }
  }

  /** A rotated name that leads to a file of unknown identity, which is young enough. */
  #stranger(
    folder: string,
    name: string,
    matched: ReadonlyMap<string, Candidate>,
    isYoung: (place: string, stat: FileStat) => boolean,
  ): Stranger | null {
    const base = rotatedFrom(name)
    const place = join(folder, name)
    const own = matched.get(place)
    // A `.gz` that its pattern does not mean to be read is a sibling all the same.
    if (base === null || (own !== undefined && (own.gzip || !isGzip(name)))) return null
    try {
      const stat = this.#parts.disk.peek(place)
      // Renamed or compressed since its folder was listed.
      if (stat === null) return { base: join(folder, base), place, stat }
      this.#parts.birthTimes.note(stat)
      if (stat.kind !== 'file' || !isYoung(place, stat) || this.#isKnown(stat)) return null
      return { base: join(folder, base), place, stat }
    } catch {
      return { base: join(folder, base), place, stat: null }
    }
  }

  /** The path that the sibling was written under, if that is, was, or would have been an input's. */
  async #original(
    path: string,
    matched: ReadonlyMap<string, Candidate>,
    covers: Discovery['covers'],
  ): Promise<Candidate | null> {
    const name = matched.get(path)?.input.name ?? this.#inputOnceAt(path) ?? (await covers(path))?.name
    const input = name === undefined ? undefined : this.#parts.startedInput(name)
    // What is rotated away in a spool is a file of its own.
    return input === undefined || input.mode === 'spool' ? null : { path, input, gzip: false }
  }

  #inputOnceAt(path: string): string | undefined {
    for (const file of this.#parts.catalogue.bornAt(path)) return file.birth.input
    return undefined
  }

  #isKnown(stat: FileStat): boolean {
    const known = this.#parts.catalogue.at(stat)
    return known !== undefined && known.life !== 'gone' && !this.#parts.birthTimes.differ(known.identity, stat)
  }

  /** Late lines of an old generation are written after the next one began: its birth tells their order, where that is known. */
  #began({ place, stat }: Sibling): bigint {
    const birth = isGzip(place) ? 0n : this.#parts.birthTimes.of(stat)
    return birth > 0n ? birth : stat.mtime
  }

  /**
   * When it was born or last changed, whichever is later; not when it was last renamed: rotation renames old files too. It
   * compresses them too, and a `.gz` keeps the time of its source (gzip(1)): its own birth says nothing of the content.
   */
  #age(place: string, stat: FileStat): bigint {
    const birth = isGzip(place) ? 0n : this.#parts.birthTimes.of(stat)
    return birth > stat.mtime ? birth : stat.mtime
  }
}

/** Of the same moment, since clocks tick: most number the youngest 1. */
const byNumber = (a: Sibling, b: Sibling): number => b.place.localeCompare(a.place, 'en', { numeric: true })
