// A folder with all that is missing above it. Not by `recursive: true`: where the system answers ENOENT although the folder
// above is there, as /proc does, Node 20 goes round for ever.

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from './errors.ts'

/** Throws the system's error. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Somebody else was faster.
    if (systemCode(error) !== 'EEXIST') throw error
  }
}
