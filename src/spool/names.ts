// The names that a spool's files get. What bears one of them is no input, though a glob may match it.

import { basename, dirname, join } from 'node:path'
import type { InputConfig } from '../config/config.ts'

const COMPLETED = '.COMPLETED'
const IS_COMPLETED = /\.COMPLETED(?:\.\d+)?$/
const IS_PUT_ASIDE = /^\.[0-9a-f]{32}\.pannier$/

/** Where a file waits for its end, under a name that no writer knows. */
export const asideOf = (folder: string, id: string): string => join(folder, `.${id}.pannier`)

export const isPutAside = (path: string): boolean => IS_PUT_ASIDE.test(basename(path))

/** The file with this path is done with, or about to be. */
export function isDone(path: string, { moveTo }: Pick<InputConfig, 'moveTo'>): boolean {
  if (IS_COMPLETED.test(path) || isPutAside(path)) return true
  return moveTo !== null && path.startsWith(`${moveTo}/`)
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
  for (let number = 2; ; number++) yield join(dirname(path), `${basename(path)}.${number}`)
}
