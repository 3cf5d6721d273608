// Stage 1, discover: expands every input's globs to candidate paths, and remembers which folders could be listed.

import type fs from 'node:fs'
import { basename } from 'node:path'
import fastGlob from 'fast-glob'
import type { InputConfig } from '../config/config.ts'
import type { Disk, GlobFs } from './disk.ts'

export interface Candidate {
  readonly path: string
  readonly input: InputConfig
}

export interface Discovery {
  readonly candidates: readonly Candidate[]
  /** Folders that could not be listed, with the system's reason: what was in them is not gone (never forgotten). */
  readonly blind: ReadonlyMap<string, string>
}

/** Never rejects: a folder that cannot be read is part of the answer. */
export async function discover(inputs: readonly InputConfig[], disk: Disk): Promise<Discovery> {
  const blind = new Map<string, string>()
  const seen = new Set<string>()
  const candidates: Candidate[] = []
  const globFs = watchListings(disk.globFs, blind)
  for (const input of inputs) {
    for (const path of await expand(input, disk, globFs)) {
      // The first input that names a path has it.
      if (seen.has(path) || !matches(input, path)) continue
      seen.add(path)
      candidates.push({ path, input })
    }
  }
  return { candidates, blind }
}

const matches = (input: InputConfig, path: string): boolean => input.regex === null || input.regex.test(basename(path))

async function expand(input: InputConfig, disk: Disk, globFs: GlobFs): Promise<string[]> {
  const patterns = input.inputpath.map((entry) => toPattern(entry, disk))
  const paths = await fastGlob(patterns, {
    absolute: true,
    dot: true,
    fs: globFs,
    ignore: input.exclude.map(anywhere),
    onlyFiles: false,
    markDirectories: true,
    suppressErrors: true,
    unique: true,
  })
  return paths.filter((path) => !path.endsWith('/')).toSorted()
}

/** As in .gitignore: a pattern without a slash is meant for names in any folder. */
const anywhere = (pattern: string): string => (pattern.includes('/') ? pattern : `**/${pattern}`)

/** A folder stands for all files below it, a path that exists for itself, all else is a glob. */
function toPattern(entry: string, disk: Disk): string {
  const kind = peekKind(disk, entry)
  if (kind === 'folder') return `${fastGlob.escapePath(entry.replace(/\/+$/, ''))}/**`
  return kind === null ? entry : fastGlob.escapePath(entry)
}

function peekKind(disk: Disk, path: string): string | null {
  try {
    return disk.peek(path)?.kind ?? null
  } catch {
    return null
  }
}

/** fast-glob keeps silent about folders that it cannot list; this listens in. */
function watchListings(globFs: GlobFs, blind: Map<string, string>): GlobFs {
  const readdir = ((
    folder: string,
    options: object,
    done: (error: NodeJS.ErrnoException | null, names?: unknown) => void,
  ) => {
    const listen = (error: NodeJS.ErrnoException | null, names?: unknown): void => {
      if (error !== null && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') blind.set(folder, error.message)
      done(error, names)
    }
    // The types of readdir's many overloads do not say that this one is fast-glob's.
    ;(globFs.readdir as unknown as (folder: string, options: object, done: typeof listen) => void)(
      folder,
      options,
      listen,
    )
  }) as unknown as typeof fs.readdir
  return { lstat: globFs.lstat, stat: globFs.stat, readdir }
}
