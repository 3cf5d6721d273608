// Rotates a file as logrotate does, step by step the same, but at once and in this process: nobody writes meanwhile.

import fs from 'node:fs'
import { gzipSync } from 'node:zlib'

export interface Rotation {
  readonly how: 'create' | 'copytruncate'
  /** What is appended to the name: `.1`, `-20261120` or `.20261120`. */
  readonly names: '.N' | '-DATE' | '.DATE'
  readonly gzip: 'never' | 'at once' | 'one later'
}

const FIRST_DAY = 20_261_101

export class Rotator {
  readonly #path: string
  readonly #rotation: Rotation
  /** Paths of what was rotated away, newest first. */
  readonly #archives: string[]
  #days = 0

  /** `there`: endings of the archives that are there already, newest first. */
  constructor(path: string, rotation: Rotation, there: readonly string[] = []) {
    this.#path = path
    this.#rotation = rotation
    this.#archives = there.map((ending) => path + ending)
  }

  rotate(): void {
    const { how, names, gzip } = this.#rotation
    const newest = this.#archives[0]
    // `delaycompress` compresses what was rotated the last time, and then moves it on.
    if (gzip === 'one later' && newest !== undefined) this.#archives[0] = compressed(newest)
    if (names === '.N') this.#shift()
    const archive = `${this.#path}${names === '.N' ? '.1' : `${names[0]}${FIRST_DAY + this.#days++}`}`
    if (how === 'create') fs.renameSync(this.#path, archive)
    else copyAndTruncate(this.#path, archive)
    this.#archives.unshift(gzip === 'at once' ? compressed(archive) : archive)
  }

  #shift(): void {
    for (let i = this.#archives.length; i > 0; i--) {
      const from = this.#archives[i - 1] as string
      const to = `${this.#path}.${i + 1}${from.endsWith('.gz') ? '.gz' : ''}`
      fs.renameSync(from, to)
      this.#archives[i - 1] = to
    }
  }
}

/** Not `copyFile`, which may share blocks: a new inode, written as logrotate writes it. */
function copyAndTruncate(from: string, to: string): void {
  fs.writeFileSync(to, fs.readFileSync(from))
  fs.truncateSync(from, 0)
}

/** As gzip(1) does: a new inode with the old times, then the source goes. */
function compressed(path: string): string {
  if (path.endsWith('.gz')) return path
  const { atime, mtime } = fs.statSync(path)
  fs.writeFileSync(`${path}.gz`, gzipSync(fs.readFileSync(path)))
  fs.utimesSync(`${path}.gz`, atime, mtime)
  fs.rmSync(path)
  return `${path}.gz`
}
