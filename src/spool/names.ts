// The names that a spool's files get. What bears one of them is no input, though a glob may match it.

import { basename, dirname, join } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import type { Disk } from '../files/disk.ts'

const COMPLETED = '.COMPLETED'
const IS_COMPLETED = /\.COMPLETED(?:\.\d+)?$/
const IS_PUT_ASIDE = /^\.[0-9a-f]{32}\.pannier$/
/** Of a name, bytes that leave room for a number; file systems take 255. */
const LONGEST = 240

/** Where a file waits for its end, under a name that no writer knows. */
export const asideOf = (folder: string, id: string): string => join(folder, `.${id}.pannier`)

export const isPutAside = (path: string): boolean => IS_PUT_ASIDE.test(basename(path))

/** The id of the file that was put aside under this name. */
export const idIn = (path: string): string => basename(path).slice(1, 33)

/**
 * Whether the file with a path is done with, or about to be. What one spool moved into its folder is no other's, and also not where
 * a link leads there.
 */
export function doneWith(inputs: readonly InputConfig[], disk: Disk): (path: string) => boolean {
  const given = inputs.flatMap(({ mode, moveTo }) => (mode === 'spool' && moveTo !== null ? [moveTo] : []))
  const folders = given.flatMap((folder) => [folder, disk.resolve(folder) ?? folder])
  const isBelow = (path: string): boolean => folders.some((folder) => path.startsWith(`${folder}/`))
  /** Of folders with candidates, whether they lie there. */
  const known = new Map<string, boolean>()
  const liesBelow = (folder: string): boolean => {
    let lies = known.get(folder)
    if (lies === undefined) known.set(folder, (lies = isBelow(`${disk.resolve(folder) ?? folder}/`)))
    return lies
  }
  return (path) => {
    if (IS_COMPLETED.test(path) || isPutAside(path)) return true
    return folders.length > 0 && (isBelow(path) || liesBelow(dirname(path)))
  }
}

/** The names that a completed file may get, in the order in which they are tried: nothing is ever overwritten. */
export function* targets(folder: string, name: string, { onComplete, moveTo }: InputConfig): Generator<string> {
  const first = onComplete === 'move' && moveTo !== null ? join(moveTo, name) : join(folder, `${name}${COMPLETED}`)
  yield first
  for (let number = 2; ; number++) yield `${first}.${number}`
}

/** Back to where it was, or as near to it as nobody else is. */
export function* formerNames(path: string): Generator<string> {
  yield path
  const name = shortened(basename(path))
  for (let number = 2; ; number++) yield join(dirname(path), `${name}.${number}`)
}

function shortened(name: string): string {
  let short = name
  while (Buffer.byteLength(short) > LONGEST) short = Array.from(short).slice(0, -1).join('')
  return short
}
