/** An application that logs while agents come and go: three files that grow, and what logrotate does to them. */

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { lineBytes, lines } from '../../tools/oracle/lines.ts'
import { startWriter, type Writer } from '../../tools/oracle/writer.ts'

const names = ['app1', 'app2', 'app3'] as const

export class Application {
  readonly folder: string
  /** Beside it: the folder of finished files. */
  readonly spool: string
  /** That are there from the beginning. */
  readonly files = names.length
  /** Lines of files that nobody appends to any more, by tag. */
  readonly #finished: Record<string, number> = {}
  readonly #writers: Readonly<Record<string, Writer>>
  readonly #rotations = new Map<string, number>()
  #made = 0

  constructor(folder: string, linesPerSecond: number) {
    this.folder = folder
    this.spool = join(dirname(folder), 'spool')
    const rate = linesPerSecond / names.length
    const one = (tag: string): [string, Writer] => [
      tag,
      startWriter({ path: this.pathOf(tag), tag, linesPerSecond: rate }),
    ]
    this.#writers = Object.fromEntries(names.map(one))
  }

  pathOf(tag: string): string {
    return join(this.folder, `${tag}.log`)
  }

  /** Renames each file to `.1`, that of before to `.2`, and so on: logrotate's `create`. */
  rename(suffix = ''): void {
    for (const tag of names) {
      this.#shift(tag, suffix)
      this.#writers[tag]?.rotate(`${this.pathOf(tag)}.1`)
    }
  }

  /** Rename, a few lines into the new file, rename: before anybody can have looked. */
  renameTwice(): void {
    this.rename()
    for (const writer of Object.values(this.#writers)) writer.burst(7)
    this.rename()
  }

  /** Nothing is written between the copy and the truncation: what comes there is lost, whoever ships. */
  copyTruncate(): void {
    for (const tag of names) {
      this.#shift(tag)
      copyFileSync(this.pathOf(tag), `${this.pathOf(tag)}.1`)
      truncateSync(this.pathOf(tag))
    }
  }

  /** Renamed and compressed at once, as logrotate does without `delaycompress`. */
  renameAndCompress(): void {
    this.rename('.gz')
    for (const tag of names) {
      const rotated = `${this.pathOf(tag)}.1`
      writeFileSync(`${rotated}.gz`, gzipSync(readFileSync(rotated)))
      rmSync(rotated)
    }
  }

  /** Files that are written once and stay. */
  manySmall(count: number): void {
    for (let i = 0; i < count; i++) {
      const tag = `small-${this.#made++}`
      this.#finished[tag] = 3
      writeFileSync(this.pathOf(tag), lines(tag, 0, 3))
    }
  }

  /** Finished files, each in the place of one that is gone by now, or in a new one. */
  moveIntoSpool(count: number): void {
    mkdirSync(this.spool, { recursive: true })
    for (let i = 0; i < count; i++) {
      const tag = `spooled-${this.#made++}`
      this.#finished[tag] = 3
      const free = Array.from({ length: this.#made }, (_, number) => join(this.spool, `out-${number}`))
      const path = free.find((one) => !existsSync(one)) as string
      writeFileSync(`${this.spool}.new`, lines(tag, 0, 3))
      renameSync(`${this.spool}.new`, path)
    }
  }

  /** A file with that many lines, and its tag. */
  oneMore(count: number): string {
    const tag = `more-${this.#made++}`
    this.#finished[tag] = count
    writeFileSync(this.pathOf(tag), lines(tag, 0, count))
    return tag
  }

  /** Lines of `bytes`, each in two halves: an agent that looks between finds an unfinished one. */
  async longLines(count: number, bytes: () => number, pause: () => Promise<void>): Promise<void> {
    const tag = 'long'
    for (let i = 0; i < count; i++) {
      const seq = this.#finished[tag] ?? 0
      const id = lines(tag, seq, 1).subarray(0, lineBytes - 1)
      // One id at its beginning: a piece of the middle must not look like another line.
      const line = Buffer.concat([id, Buffer.alloc(bytes() - id.length, id.subarray(tag.length + 12))])
      line[line.length - 1] = 0x0a
      const half = line.length >> 1
      appendFileSync(this.pathOf(tag), line.subarray(0, half))
      await pause()
      appendFileSync(this.pathOf(tag), line.subarray(half))
      this.#finished[tag] = seq + 1
    }
  }

  /** Writes no more. Returns the lines written, by tag. */
  stop(): Record<string, number> {
    const counts = Object.entries(this.#writers).map(([tag, writer]) => [tag, writer.stop()] as const)
    return { ...this.#finished, ...Object.fromEntries(counts) }
  }

  #shift(tag: string, suffix = ''): void {
    const rotated = this.#rotations.get(tag) ?? 0
    const at = (number: number): string => `${this.pathOf(tag)}.${number}${suffix}`
    for (let number = rotated; number > 0; number--) renameSync(at(number), at(number + 1))
    this.#rotations.set(tag, rotated + 1)
  }
}
