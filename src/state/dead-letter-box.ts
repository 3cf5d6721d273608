// The dead letters as a command sees them, beside a running agent or without: listed, read one by one, taken out.

import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Address, DEAD_LETTERS, type DeadLetter, readPlace } from './dead-letter.ts'
import { inLinesOfTheirOwn, type Kept, keptLetters } from './dead-letters.ts'
import type { StateFolder } from './folder.ts'
import { folderFault, isAbsent } from './folder-fault.ts'
import { LineCutter } from './line-cutter.ts'

/** How many there are, a long line counted once for each part. Rejects with a PannierError where the file cannot be read. */
export async function countLetters(stateDir: string): Promise<number> {
  const path = join(stateDir, DEAD_LETTERS)
  const kept = new Map<string, Set<number>>()
  const lines = new LineCutter((line) => {
    const place = readPlace(line)
    if (place === null) return true
    const { file_id, length, offset } = place.address
    const key = `${file_id}/${length}`
    const offsets = kept.get(key) ?? new Set<number>()
    kept.set(key, offsets)
    if (place.kind === 'letter') offsets.add(offset)
    else offsets.delete(offset)
    return true
  })
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>)
      lines.push(piece)
  } catch (error) {
    if (!isAbsent(error)) throw folderFault('read', path, error)
  }
  return [...kept.values()].reduce((sum, { size }) => sum + size, 0)
}

const PIECE_BYTES = 1024 * 1024

/** Letters at the places where they were found, also when the agent has since written the file anew. */
export class LetterBox {
  readonly #path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Null where there is no such file. */
  static async open(stateDir: string): Promise<{ box: LetterBox; kept: Kept[] } | null> {
    const path = join(stateDir, DEAD_LETTERS)
    if (!existsSync(path)) return null
    const box = new LetterBox(path, await open(path, 'r'))
    return { box, kept: await box.#kept() }
  }

  #kept(): Promise<Kept[]> {
    return keptLetters(async (take) => {
      const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
      for (let at = 0; ; ) {
        const { bytesRead } = await this.#handle.read(piece, 0, piece.length, at)
        if (bytesRead === 0) return
        take(piece.subarray(0, bytesRead))
        at += bytesRead
      }
    })
  }

  /** With its bytes. */
  async read({ at, length }: Kept): Promise<DeadLetter> {
    const line = Buffer.allocUnsafe(length)
    try {
      const { bytesRead } = await this.#handle.read(line, 0, length, at)
      return JSON.parse(line.toString('utf8', 0, bytesRead)) as DeadLetter
    } catch (error) {
      throw folderFault('read', this.#path, error)
    }
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/**
 * Their bytes are in Kafka: durable when it resolves. Appended to what the agent may append to at the same time, each as a line of
 * its own; where it wrote the file anew meanwhile, once more.
 * @param now milliseconds since the epoch
 */
export async function takeOut(folder: StateFolder, addresses: readonly Address[], now: number): Promise<void> {
  const time = new Date(now).toISOString()
  const entries = addresses.map(({ file_id, offset, length }) => ({ time, taken_out: { file_id, offset, length } }))
  for (let isThere = false; !isThere; ) {
    const file = await folder.openAppend(DEAD_LETTERS)
    try {
      await file.append(inLinesOfTheirOwn(file.size, entries))
      isThere = await file.isThere()
    } finally {
      await file.close()
    }
  }
}
