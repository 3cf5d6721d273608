// Glob expansion by fast-glob over any file system that has its three calls.

import type fs from 'node:fs'
import { basename, join, resolve } from 'node:path'
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

/** Is told of what is asked of the file system, just before it is asked. */
export interface Witness {
  folder(path: string): void
  entry(path: string): void
}

/** The path as a pattern that only matches itself. */
export const literal = (path: string): string => fastGlob.escapePath(path)

/** Never rejects for a folder that cannot be listed: that is part of the answer. */
export async function globWith(
  globFs: GlobFs,
  patterns: readonly string[],
  ignore: readonly string[],
  witness?: Witness,
): Promise<Globbed> {
  const blind = new Map<string, string>()
  const found = await fastGlob([...patterns], {
    dot: true,
    fs: watched(globFs, blind, witness),
    ignore: [...ignore],
    onlyFiles: false,
    markDirectories: true,
    suppressErrors: true,
    unique: true,
  })
  return { paths: found.map(absolute), blind }
}

/** Not by fast-glob, which makes a slash of each backslash in a name then, on Linux too. */
const absolute = (path: string): string => (path.endsWith('/') ? join(resolve(path), '/') : resolve(path))

/** Whether the patterns would name the path if a file lay there: asked of the same fast-glob, over a disk that holds nothing else. */
export async function wouldMatch(
  path: string,
  patterns: readonly string[],
  ignore: readonly string[],
): Promise<boolean> {
  const { paths } = await globWith(onlyFile(path), patterns, ignore)
  return paths.includes(path)
}

function onlyFile(path: string): GlobFs {
  const at = (asked: string): Entry | null => {
    const below = asked === '/' ? asked : `${asked.replace(/\/+$/, '')}/`
    if (asked === path) return new Entry(basename(asked), 'file')
    return path.startsWith(below) ? new Entry(basename(asked), 'folder') : null
  }
  const absent = Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
  const stat = (asked: string, done: (error: Error | null, entry?: Entry) => void): void => {
    const entry = at(asked)
    done(entry === null ? absent : null, entry ?? undefined)
  }
  const readdir = (folder: string, _options: object, done: (error: Error | null, entries?: Entry[]) => void): void => {
    const below = folder === '/' ? folder : `${folder.replace(/\/+$/, '')}/`
    const child = path.startsWith(below) ? at(join(below, path.slice(below.length).split('/')[0] ?? '')) : null
    done(child === null ? absent : null, child === null ? undefined : [child])
  }
  // The types of these calls do not say that their callback forms are all that fast-glob uses.
  return { lstat: stat, stat, readdir } as unknown as GlobFs
}

class Entry {
  readonly name: string
  readonly #kind: 'file' | 'folder'

  constructor(name: string, kind: 'file' | 'folder') {
    this.name = name
    this.#kind = kind
  }

  isFile = (): boolean => this.#kind === 'file'
  isDirectory = (): boolean => this.#kind === 'folder'
  isSymbolicLink = (): boolean => false
}

/** fast-glob keeps silent about folders that it cannot list; this listens in. */
function watched(globFs: GlobFs, blind: Map<string, string>, witness?: Witness): GlobFs {
  const readdir = ((
    folder: string,
    options: object,
    done: (error: NodeJS.ErrnoException | null, names?: unknown) => void,
  ) => {
    const listen = (error: NodeJS.ErrnoException | null, names?: unknown): void => {
      if (error !== null && error.code !== 'ENOENT' && error.code !== 'ENOTDIR') blind.set(folder, readable(error))
      done(error, names)
    }
    witness?.folder(folder)
    // The types of readdir's many overloads do not say that this one is fast-glob's.
    ;(globFs.readdir as unknown as (folder: string, options: object, done: typeof listen) => void)(
      folder,
      options,
      listen,
    )
  }) as unknown as typeof fs.readdir
  return { lstat: told(globFs.lstat, witness), stat: told(globFs.stat, witness), readdir }
}

function told<T extends GlobFs['stat'] | GlobFs['lstat']>(call: T, witness?: Witness): T {
  if (witness === undefined) return call
  // The types of these calls do not say that their callback forms are all that fast-glob uses.
  return ((path: string, done: () => void) => {
    witness.entry(path)
    ;(call as unknown as (path: string, done: () => void) => void)(path, done)
  }) as unknown as T
}
