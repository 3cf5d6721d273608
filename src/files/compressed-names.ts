// The names under which the compressed form of a file is sought in its folder.

import { basename } from 'node:path'
import { isGzip } from './discover.ts'
import { isNamedAfter } from './rotated-name.ts'
import type { TrackedFile } from './tracked-file.ts'

const OTHERS = /\.(?:bz2|xz|zst|lz4|Z)$/

/** By the file's name of now, or that at its birth; also when it is that name. */
export const isNamedAfterFile = (name: string, file: TrackedFile): boolean =>
  [file.path, file.birth.path].some((path) => name === basename(path) || isNamedAfter(name, basename(path)))

export const isCompressed = (name: string): boolean => isGzip(name) || OTHERS.test(name)

/** The `.gz` files of a folder, those first that are named after the file; where all of it was read, no others. */
export function gzipsFor(file: TrackedFile, names: readonly string[]): string[] {
  const gzips = names.filter(isGzip)
  const own = gzips.filter((name) => isNamedAfterFile(name, file))
  return file.lag === 0 ? own : [...own, ...gzips.filter((name) => !own.includes(name))]
}

/** What may be the file in a form that is not read. */
export const foreignFor = (file: TrackedFile, names: readonly string[]): string | undefined =>
  names.find((name) => OTHERS.test(name) && isNamedAfterFile(name, file))
