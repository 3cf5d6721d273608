// Stage 1, discover: expands every input's globs to candidate paths, and remembers which folders could be listed.

import { basename } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import { doneWith } from '../spool/names.ts'
import { expandDates } from '../support/date-tokens.ts'
import type { Disk } from './disk.ts'
import { literal } from './glob.ts'
import { Traces } from './traces.ts'

export interface Candidate {
  /** May be replaced by the same text: a known file has it too, and of a hundred thousand one each is enough. */
  path: string
  readonly input: InputConfig
  /** A `.gz` that a pattern names which ends so itself: only such a one is read. */
  readonly gzip: boolean
}

export interface Discovery {
  readonly candidates: readonly Candidate[]
  /** Folders that could not be listed, with the system's reason: what was in them is not gone (never forgotten). */
  readonly blind: ReadonlyMap<string, string>
  readonly traces: Traces
  /** The input that would name this path if a file lay there. */
  readonly covers: (path: string) => Promise<InputConfig | undefined>
}

/**
 * Never rejects: a folder that cannot be read is part of the answer.
 * @param days local dates that date tokens stand for
 */
export async function discover(
  inputs: readonly InputConfig[],
  disk: Disk,
  days: readonly string[],
): Promise<Discovery> {
  const blind = new Map<string, string>()
  const traces = new Traces()
  // The first input that names a path has it. One alone needs no memory of a hundred thousand paths for that.
  const seen = inputs.length > 1 ? new Set<string>() : null
  const candidates: Candidate[] = []
  const isDone = doneWith(inputs, disk)
  for (const input of inputs) {
    const { paths, gzips } = await expand(input, disk, days, { blind, traces })
    for (const path of paths) {
      if (seen?.has(path) === true || !matches(input, path)) continue
      if (input.mode === 'spool' && isDone(path)) continue
      seen?.add(path)
      candidates.push({ path, input, gzip: gzips.has(path) })
    }
  }
  const covers = async (path: string): Promise<InputConfig | undefined> => {
    for (const input of inputs)
      if (!(input.mode === 'spool' && isDone(path)) && matches(input, path) && (await isNamed(input, path, disk, days)))
        return input
    return undefined
  }
  return { candidates, blind, traces, covers }
}

const matches = (input: InputConfig, path: string): boolean => input.regex === null || input.regex.test(basename(path))

interface Named {
  /** Sorted, each once. */
  readonly paths: readonly string[]
  /** Those that a pattern names which ends so itself. */
  readonly gzips: ReadonlySet<string>
}

interface Notes {
  readonly blind: Map<string, string>
  readonly traces: Traces
}

async function expand(input: InputConfig, disk: Disk, days: readonly string[], notes: Notes): Promise<Named> {
  const { patterns, ignore } = globsOf(input, disk, days, notes.traces)
  const compressed = patterns.filter(isGzip)
  const others = patterns.filter((pattern) => !isGzip(pattern))
  const gzips = new Set(await find(compressed, ignore, disk, notes))
  const paths = await find(others, ignore, disk, notes)
  return { paths: (gzips.size === 0 ? paths : [...new Set([...gzips, ...paths])]).toSorted(), gzips }
}

export const isGzip = (name: string): boolean => name.endsWith('.gz')

async function find(
  patterns: readonly string[],
  ignore: readonly string[],
  disk: Disk,
  { blind, traces }: Notes,
): Promise<string[]> {
  if (patterns.length === 0) return []
  const found = await disk.glob(patterns, ignore, traces)
  for (const [folder, reason] of found.blind) blind.set(folder, reason)
  return found.paths.filter((path) => !path.endsWith('/'))
}

function isNamed(input: InputConfig, path: string, disk: Disk, days: readonly string[]): Promise<boolean> {
  const { patterns, ignore } = globsOf(input, disk, days)
  return disk.names(path, patterns, ignore)
}

function globsOf(
  { inputpath, exclude }: InputConfig,
  disk: Disk,
  days: readonly string[],
  traces?: Traces,
): { patterns: string[]; ignore: string[] } {
  const dated = (patterns: readonly string[]): string[] => patterns.flatMap((pattern) => expandDates(pattern, days))
  return {
    patterns: dated(inputpath).map((entry) => toPattern(entry, disk, traces)),
    ignore: dated(exclude).map(anywhere),
  }
}

/** As in .gitignore: a pattern without a slash is meant for names in any folder. */
const anywhere = (pattern: string): string => (pattern.includes('/') ? pattern : `**/${pattern}`)

/** A folder stands for all files below it, a path that exists for itself, all else is a glob. */
function toPattern(entry: string, disk: Disk, traces?: Traces): string {
  traces?.entry(entry, (path) => disk.peek(path))
  const kind = peekKind(disk, entry)
  if (kind === 'folder') return `${literal(entry.replace(/\/+$/, ''))}/**`
  return kind === null ? entry : literal(entry)
}

function peekKind(disk: Disk, path: string): string | null {
  try {
    return disk.peek(path)?.kind ?? null
  } catch {
    return null
  }
}
