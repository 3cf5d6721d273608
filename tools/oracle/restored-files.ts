/** The files as a consumer rebuilds them: every new byte is written at its place in a file named by the file id. */

import { createHash } from 'node:crypto'
import { closeSync, constants, createReadStream, openSync, writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Range, takeNew } from './ranges.ts'

export interface RestoredFile {
  readonly fileId: string
  readonly filename: string
  /** Where the rebuilt bytes are. */
  readonly path: string
  /** What has come of the file: one range from 0 when nothing is missing. */
  readonly held: Range[]
  messages: number
}

interface Pending {
  offset: number
  bytes: number
  pieces: Buffer[]
}

const pendingPerFile = 1 << 20
const pendingInAll = 32 << 20

export class RestoredFiles {
  readonly #folder: string
  readonly #files = new Map<string, RestoredFile>()
  readonly #pending = new Map<string, Pending>()
  #pendingBytes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  add(fileId: string, filename: string, offset: number, bytes: Buffer): void {
    const file = this.#files.get(fileId) ?? this.#create(fileId, filename)
    file.messages++
    for (const [start, end] of takeNew(file.held, offset, offset + bytes.length)) {
      this.#write(file, start, bytes.subarray(start - offset, end - offset))
    }
  }

  /** All files, with everything that was added in them. */
  all(): RestoredFile[] {
    this.#flushAll()
    return [...this.#files.values()]
  }

  #create(fileId: string, filename: string): RestoredFile {
    const file = { fileId, filename, path: join(this.#folder, fileId), held: [], messages: 0 }
    this.#files.set(fileId, file)
    return file
  }

  #write(file: RestoredFile, offset: number, bytes: Buffer): void {
    const before = this.#pending.get(file.path)
    if (before && before.offset + before.bytes !== offset) this.#flush(file.path)
    const pending = this.#pending.get(file.path) ?? { offset, bytes: 0, pieces: [] }
    // Copied, since a slice would keep the whole answer of the broker in memory.
    pending.pieces.push(Buffer.from(bytes))
    pending.bytes += bytes.length
    this.#pending.set(file.path, pending)
    this.#pendingBytes += bytes.length
    if (pending.bytes >= pendingPerFile) this.#flush(file.path)
    if (this.#pendingBytes >= pendingInAll) this.#flushAll()
  }

  #flushAll(): void {
    for (const path of this.#pending.keys()) this.#flush(path)
  }

  #flush(path: string): void {
    const pending = this.#pending.get(path)
    if (!pending) return
    this.#pending.delete(path)
    this.#pendingBytes -= pending.bytes
    writeAt(path, pending.offset, Buffer.concat(pending.pieces))
  }
}

function writeAt(path: string, offset: number, bytes: Buffer): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done)
  } finally {
    closeSync(fd)
  }
}

/** True when the rebuilt file has no hole and each of its bytes is that of `source`. */
export async function isIdentical(file: RestoredFile, source: string): Promise<boolean> {
  const { size } = await stat(source)
  const [only, second] = file.held
  if (second || only?.[0] !== 0 || only[1] !== size) return false
  return (await sha256(file.path)) === (await sha256(source))
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece)
  return hash.digest('hex')
}
