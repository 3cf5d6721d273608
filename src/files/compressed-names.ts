// The names under which the compressed form of a file is sought in its folder.

import { basename, dirname, join } from 'node:path'
import { isGzip } from './discover.ts'
import type { FileStat } from './disk.ts'
import { isNamedAfter, originalsOf } from './rotated-name.ts'
import type { TrackedFile } from './tracked-file.ts'

const OTHERS = /\.(?:bz2|xz|zst|lz4|Z)$/

/** By the file's name of now, or that at its birth; also when it is that name. */
export const isNamedAfterFile = (name: string, file: TrackedFile): boolean =>
  [file.path, file.birth.path].some((path) => name === basename(path) || isNamedAfter(name, basename(path)))

export const isCompressed = (name: string): boolean => isGzip(name) || OTHERS.test(name)

/**
 * Whether rotation made the name of the file's, and they do not only begin alike: `app.log` gives `app.log.1.gz`, and `app.1.log.gz`
 * by `extension` of logrotate, but not `app-users.csv.gz`.
 */
export function isMadeOfFile(name: string, file: TrackedFile): boolean {
  const bare = name.replace(/\.gz$/, '')
  const names = [name, bare, bare.replace(/\.\d{1,10}(?=\.)/, ''), ...originalsOf(bare)]
  return [file.path, file.birth.path].some((path) => names.includes(basename(path)))
}

/** A `.gz` that may hold a file, as its folder has it. */
interface Named {
  readonly name: string
  readonly path: string
  readonly stat: FileStat
}

/**
 * The `.gz` files of a folder, those first that are named after the file; where all of it was read, no others. The youngest come
 * first: those of earlier generations may begin as the file does, those of later ones are seldom there yet.
 */
export function gzipsFor(
  file: TrackedFile,
  names: readonly string[],
  peek: (path: string) => FileStat | null,
): readonly Named[] {
  const gzips = names.filter(isGzip).flatMap((name) => {
    const isOwn = isNamedAfterFile(name, file)
    const path = join(dirname(file.path), name)
    const stat = isOwn || file.lag > 0 ? peek(path) : null
    return stat === null ? [] : [{ name, path, stat, isOwn }]
  })
  return gzips.toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn) || byAge(a, b))
}

/** Of the same moment, since clocks tick: most number the youngest 1. */
const byAge = (a: Named, b: Named): number =>
  Number(b.stat.mtime - a.stat.mtime) || a.name.localeCompare(b.name, 'en', { numeric: true })

/** What may be the file in a form that is not read. */
export const foreignFor = (file: TrackedFile, names: readonly string[]): string | undefined =>
  names.find((name) => OTHERS.test(name) && isNamedAfterFile(name, file))
