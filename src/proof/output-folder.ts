// The folder that a restore writes into, and never beside: files are created, never opened by a name that somebody else may
// have put there, and each write makes sure that it is still the file that was created.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PannierError, readable, systemCode } from '../support/errors.ts'
import { BY_ID, placeOf } from './place.ts'

export interface OutputFile {
  /** Below the folder. */
  readonly path: string
  /** Why it is not at the path that its messages name; null where it is. */
  readonly moved: string | null
  readonly dev: bigint
  readonly ino: bigint
}

/** Names of files that the system does not take, as against a disk that is full or broken. */
const NAME_FAULTS = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ', 'ELOOP'])
/** Windows has none, and follows no link by default where a file is created. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0

/** Throws RESTORE_FOLDER unless `dir` is an empty folder, or absent. */
export function mustBeEmpty(dir: string): void {
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw refused(`--to ${dir} cannot be used: ${readable(error)}`, error)
  }
  if (names.length > 0) throw refused(`--to ${dir} is not empty, and nothing in it is to be overwritten`, null)
}

const refused = (message: string, cause: unknown): PannierError =>
  new PannierError(message, { code: 'RESTORE_FOLDER', hint: 'name a folder that is empty, or does not exist', cause })

export class OutputFolder {
  readonly path: string
  /** The uppermost folder that was not there. */
  readonly #made: string | undefined
  readonly #dir: string

  /** Creates the folder. Throws RESTORE_FOLDER. */
  constructor(dir: string) {
    mustBeEmpty(dir)
    this.#dir = dir
    try {
      this.#made = mkdirSync(dir, { recursive: true })
      this.path = realpathSync(resolve(dir))
    } catch (error) {
      throw refused(`--to ${dir} cannot be made: ${readable(error)}`, error)
    }
  }

  /** Takes back the folders that were made, as far as they are empty. */
  discard(): void {
    if (this.#made === undefined) return
    const top = dirname(resolve(this.#made))
    try {
      for (let path = resolve(this.#dir); path !== top; path = dirname(path)) rmdirSync(path)
    } catch {
      // Somebody has put something there meanwhile.
    }
  }

  /** An empty file of its own for this id. Throws RESTORE_WRITE. */
  create(filename: string, fileId: string): OutputFile {
    const place = placeOf(filename, process.platform === 'win32')
    let moved = place.reason
    for (const suffix of place.parts === null ? [] : ['', `.${fileId.slice(0, 8)}`, `.${fileId}`]) {
      const parts = withSuffix(place.parts ?? [], suffix)
      const made = this.#tryToMake(parts)
      if (typeof made !== 'string')
        return {
          ...made,
          path: join(...parts),
          moved: suffix === '' ? null : 'another file came first under this name',
        }
      moved = made
    }
    const parts = [BY_ID, fileId]
    const made = this.#tryToMake(parts)
    if (typeof made !== 'string') return { ...made, path: join(...parts), moved }
    throw new PannierError(`${join(this.path, ...parts)} cannot be made: ${made}`, { code: 'RESTORE_WRITE' })
  }

  /** Throws RESTORE_WRITE, and RESTORE_TOO_FAR for an offset that no file of this file system can have. */
  write(file: OutputFile, offset: number, bytes: Buffer): void {
    const path = join(this.path, file.path)
    try {
      const fd = openSync(path, constants.O_WRONLY | NO_FOLLOW)
      try {
        const { dev, ino } = fstatSync(fd, { bigint: true })
        if (dev !== file.dev || ino !== file.ino) throw new Error('somebody else put another file there')
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done)
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      const tooFar = ['EFBIG', 'EINVAL'].includes(systemCode(error) ?? '')
      const code = tooFar ? 'RESTORE_TOO_FAR' : 'RESTORE_WRITE'
      throw new PannierError(`${path} cannot be written: ${readable(error)}`, { code, retriable: true, cause: error })
    }
  }

  /** The reason, where the system does not take the name. */
  #tryToMake(parts: readonly string[]): Pick<OutputFile, 'dev' | 'ino'> | string {
    const path = join(this.path, ...parts)
    try {
      this.#makeFolders(parts.slice(0, -1))
      return createFile(path)
    } catch (error) {
      if (NAME_FAULTS.has(systemCode(error) ?? '')) return readable(error)
      throw new PannierError(`${path} cannot be made: ${readable(error)}`, {
        code: 'RESTORE_WRITE',
        retriable: true,
        cause: error,
      })
    }
  }

  /** One after the other, so that a link among them is seen. */
  #makeFolders(parts: readonly string[]): void {
    let path = this.path
    for (const part of parts) {
      path = join(path, part)
      try {
        mkdirSync(path)
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || !lstatSync(path).isDirectory()) throw error
      }
    }
    if (realpathSync(path) !== path) throw new Error(`${path} leads out of the folder`)
  }
}

function createFile(path: string): Pick<OutputFile, 'dev' | 'ino'> {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW)
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return { dev, ino }
  } finally {
    closeSync(fd)
  }
}

const withSuffix = (parts: readonly string[], suffix: string): string[] => [
  ...parts.slice(0, -1),
  `${parts.at(-1)}${suffix}`,
]
