/** Finds the best state that is on disk when a journal is opened, and puts aside what cannot be believed. */
import { crc32 } from 'node:zlib'
import { PannierError } from '../support/errors.ts'
import type { StateFolder } from './folder.ts'
import { type Scan, Scanner } from './journal-scan.ts'

export interface Recovery {
  readonly source: 'new' | 'current' | 'previous'
  readonly damaged: readonly Damage[]
  /** A crash cut the last append short; what it held was never reported as durable. */
  readonly tornTail: boolean
  readonly lostCommits: 'none' | 'possible'
  /** Whole commits found in the chosen file. */
  readonly commits: number
}

export interface Damage {
  readonly file: string
  readonly reason: string
  /** Where the damaged bytes are kept now; null when there are none or they could not be moved. */
  readonly quarantined: string | null
}

export interface JournalFiles {
  readonly name: string
  readonly format: string
  readonly version: number
}

export interface Recovered {
  readonly recovery: Recovery
  /** The chosen file, null for a new journal. */
  readonly chosen: Candidate | null
  /** The highest numbers seen, also in damaged files: later ones must be higher. */
  readonly generation: number
  readonly lastCommit: number
}

export interface Candidate {
  readonly file: string
  readonly scan: Scan
  /** Of all its bytes. */
  readonly size: number
  readonly crc: number
  /** Its records, and no others, were handed over while it was scanned. */
  readonly visited: boolean
}

export const previousName = (name: string): string => `${name}.previous`
export const nextName = (name: string): string => `${name}.next`

/** @param visit is handed the JSON of the current file's records on the way: nearly always they are those that count */
export async function recover(
  folder: StateFolder,
  files: JournalFiles,
  visit?: (json: string) => void,
): Promise<Recovered> {
  const current = await readCandidate(folder, files, files.name, visit)
  if (current !== null && current.scan.flaw?.kind !== 'damaged')
    return result('current', current, [current], [], 'none')
  const previous = await readCandidate(folder, files, previousName(files.name))
  if (current === null && previous === null) return result('new', null, [], [], 'none')
  const found = [current, previous].filter((candidate) => candidate !== null)
  const chosen = best(found)
  const damaged = await Promise.all(
    found.filter(isDamaged).map((candidate) => quarantine(folder, files.name, candidate, candidate === chosen)),
  )
  const interrupted =
    current === null && damaged.length === 0 && (await compactionWasInterrupted(folder, files, previous))
  if (current === null && !interrupted)
    damaged.unshift({ file: files.name, reason: 'it is missing', quarantined: null })
  const source = chosen === null ? 'new' : chosen === current ? 'current' : 'previous'
  return result(source, chosen, found, damaged, interrupted ? 'none' : 'possible')
}

function result(
  source: Recovery['source'],
  chosen: Candidate | null,
  found: readonly Candidate[],
  damaged: readonly Damage[],
  lostCommits: Recovery['lostCommits'],
): Recovered {
  const tornTail = chosen?.scan.flaw?.kind === 'torn'
  return {
    recovery: { source, damaged, tornTail, lostCommits, commits: chosen?.scan.commits ?? 0 },
    chosen,
    generation: Math.max(0, ...found.map((candidate) => candidate.scan.header?.generation ?? 0)),
    lastCommit: Math.max(0, ...found.map((candidate) => candidate.scan.lastCommit)),
  }
}

async function readCandidate(
  folder: StateFolder,
  files: JournalFiles,
  file: string,
  visit?: (json: string) => void,
): Promise<Candidate | null> {
  const candidate = await scanBelievable(folder, file, files, visit)
  if (candidate === null) return null
  const version = candidate.scan.header?.version ?? 0
  if (version <= files.version) return candidate
  throw new PannierError(
    `${folder.path}/${file} has format version ${version}; this Pannier knows versions up to ${files.version}`,
    {
      code: 'STATE_VERSION',
      hint: 'it was written by a newer Pannier: run that one, or give this one another state_dir; nothing was changed',
    },
  )
}

/** What the disk cannot give back any more counts as an empty file, so that an older generation gets its turn. */
async function scanBelievable(
  folder: StateFolder,
  file: string,
  { format, version }: JournalFiles,
  visit?: (json: string) => void,
): Promise<Candidate | null> {
  const scanner = new Scanner(format, version, visit)
  let size = 0
  let crc = 0
  const take = (piece: Buffer): void => {
    scanner.push(piece)
    size += piece.length
    crc = crc32(piece, crc)
  }
  try {
    if (!(await folder.stream(file, take))) return null
    const scan = scanner.end()
    return { file, scan, size, crc, visited: visit !== undefined && !scan.loose }
  } catch (error) {
    if (error instanceof PannierError && error.code === 'STATE_IO')
      return { file, scan: new Scanner(format).end(), size: 0, crc: 0, visited: false }
    throw error
  }
}

function best(found: readonly Candidate[]): Candidate | null {
  const believable = found.filter((candidate) => candidate.scan.commits > 0)
  return believable.toSorted((a, b) => b.scan.lastCommit - a.scan.lastCommit)[0] ?? null
}

function isDamaged(candidate: Candidate): boolean {
  return candidate.scan.flaw?.kind === 'damaged'
}

/**
 * Between its two renames a compaction leaves the next generation whole and no current one. Whatever was durable before is in the previous
 * generation as well.
 */
async function compactionWasInterrupted(
  folder: StateFolder,
  files: JournalFiles,
  previous: Candidate | null,
): Promise<boolean> {
  const next = await readCandidate(folder, files, nextName(files.name))
  if (next?.scan.header == null || previous?.scan.header == null) return false
  return next.scan.commits > 0 && next.scan.header.generation === previous.scan.header.generation + 1
}

/** A file whose beginning is still in use is copied, any other is moved. A full disk leaves it where it is. */
async function quarantine(folder: StateFolder, name: string, candidate: Candidate, inUse: boolean): Promise<Damage> {
  const { file, crc } = candidate
  // Named by content: the same damage met at several starts is kept once.
  const mark = `${candidate.scan.header?.generation ?? 'unknown'}.${crc.toString(16).padStart(8, '0')}`
  const to = `quarantine/${name}.${mark}`
  const reason = candidate.scan.flaw?.reason ?? 'damaged'
  try {
    await (inUse ? folder.replace(to, (await folder.read(file)) ?? Buffer.alloc(0)) : folder.rename(file, to))
    return { file, reason, quarantined: to }
  } catch {
    return { file, reason, quarantined: null }
  }
}
