// The files of a restore as they grow: each new byte is written at its place, in few writes, by one handle at a time.

import type { Decoded } from '../message/decode.ts'
import { PannierError } from '../support/errors.ts'
import { type Range, takeNew } from '../support/ranges.ts'
import type { OutputFile, OutputFolder } from './output-folder.ts'

export interface RestoredFile {
  readonly fileId: string
  readonly filename: string
  readonly output: OutputFile
  /** One range from 0 when nothing is missing. */
  readonly held: Range[]
  /** Why some of it could not be written. */
  trouble: string | null
}

interface Pending {
  readonly file: RestoredFile
  readonly offset: number
  bytes: number
  readonly pieces: Buffer[]
}

/** What is at least as large is worth a write of its own; lines one by one are not. */
const PENDING_PER_FILE = 256 * 1024
const PENDING_IN_ALL = 8 * 1024 * 1024

export class RestoredFiles {
  readonly #folder: OutputFolder
  readonly #files = new Map<string, RestoredFile>()
  readonly #pending = new Map<string, Pending>()
  #pendingBytes = 0

  constructor(folder: OutputFolder) {
    this.#folder = folder
  }

  /** The first copy of a byte counts. Throws RESTORE_WRITE. */
  take({ fileId, filename, offset, bytes }: Decoded): void {
    const file = this.#files.get(fileId) ?? this.#create(fileId, filename)
    for (const [start, end] of takeNew(file.held, offset, offset + bytes.length)) {
      this.#put(file, start, bytes.subarray(start - offset, end - offset))
    }
  }

  /** All files, with everything that came in them. Throws RESTORE_WRITE. */
  finish(): readonly RestoredFile[] {
    this.#flushAll()
    return [...this.#files.values()]
  }

  #create(fileId: string, filename: string): RestoredFile {
    const output = this.#folder.create(filename, fileId)
    const file: RestoredFile = { fileId, filename, output, held: [], trouble: null }
    this.#files.set(fileId, file)
    return file
  }

  #put(file: RestoredFile, offset: number, bytes: Buffer): void {
    const before = this.#pending.get(file.fileId)
    const isApart = before !== undefined && before.offset + before.bytes !== offset
    const isLarge = bytes.length >= PENDING_PER_FILE
    if (before !== undefined && (isApart || isLarge)) this.#flush(before)
    if (isLarge) return this.#write(file, offset, bytes)
    const pending = this.#pending.get(file.fileId) ?? { file, offset, bytes: 0, pieces: [] }
    // Copied, since a view would keep the broker's whole answer in memory.
    pending.pieces.push(Buffer.from(bytes))
    pending.bytes += bytes.length
    this.#pending.set(file.fileId, pending)
    this.#pendingBytes += bytes.length
    if (pending.bytes >= PENDING_PER_FILE) this.#flush(pending)
    if (this.#pendingBytes >= PENDING_IN_ALL) this.#flushAll()
  }

  #flushAll(): void {
    for (const pending of this.#pending.values()) this.#flush(pending)
  }

  #flush(pending: Pending): void {
    const { file, offset, pieces, bytes } = pending
    this.#pending.delete(file.fileId)
    this.#pendingBytes -= bytes
    this.#write(file, offset, Buffer.concat(pieces))
  }

  #write(file: RestoredFile, offset: number, bytes: Buffer): void {
    try {
      this.#folder.write(file.output, offset, bytes)
    } catch (error) {
      // One message that claims an impossible offset must not keep all others from being restored.
      if (!(error instanceof PannierError) || error.code !== 'RESTORE_TOO_FAR') throw error
      file.trouble = error.message
    }
  }
}
