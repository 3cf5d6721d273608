// Glob expansion by fast-glob over any file system that has its three calls.

import type fs from 'node:fs'
import fastGlob from 'fast-glob'
import { readable } from '../support/errors.ts'

/** What fast-glob needs of a file system. */
export type GlobFs = Pick<typeof fs, 'lstat' | 'stat' | 'readdir'>

export interface Globbed {
  /** Absolute; those of folders end in `/`. */
  readonly paths: readonly string[]
  /** Folders that could not be listed, with the system's reason. */
  readonly blind: ReadonlyMap<string, string>
}

/** The path as a pattern that only matches itself. */
export const literal = (path: string): string => fastGlob.escapePath(path)

/** Never rejects for a folder that cannot be listed: that is part of the answer. */
export async function globWith(
  globFs: GlobFs,
  patterns: readonly string[],
  ignore: readonly string[],
): Promise<Globbed> {
  const blind = new Map<string, string>()
  const paths = await fastGlob([...patterns], {
    absolute: true,
    dot: true,
    fs: watchListings(globFs, blind),
    ignore: [...ignore],
    onlyFiles: false,
    markDirectories: true,
    suppressErrors: true,
    unique: true,
  })
  return { paths, blind }
}

/** fast-glob keeps silent about folders that it cannot list; this listens in. */
function watchListings(globFs: GlobFs, blind: Map<string, string>): GlobFs {
  const readdir = ((
    folder: string,
    options: object,
    done: (error: NodeJS.ErrnoException | null, names?: unknown) => void,
  ) => {
    const listen = (error: NodeJS.ErrnoException | null, names?: unknown): void => {
      if (error !== null && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') blind.set(folder, readable(error))
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
