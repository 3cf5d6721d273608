// The dead letters of a state directory: durable here before the committed offset passes them (law 8), and never more of them than
// `dead_letter_limit` has room for.

import { addressOf, type DeadLetter, type LetterHead, readEntry } from './dead-letter.ts'
import type { AppendFile, StateFolder } from './folder.ts'
import { LineCutter } from './line-cutter.ts'

export const DEAD_LETTERS = 'dead-letters.jsonl'
/** The same without what was taken out, until it is whole. */
const PACKED = 'dead-letters.packed.jsonl'
const LINE_FEED = Buffer.from('\n')

/** A letter that was not taken out, and its line in the file. */
export interface Kept {
  readonly time: string
  readonly head: LetterHead
  readonly at: number
  readonly length: number
}

/** Hands over the file piece by piece. */
export type Pieces = (take: (piece: Buffer) => void) => Promise<unknown>

/** In the order in which they were written; of several of the same bytes the last. Rejects as `pieces` does. */
export async function keptLetters(pieces: Pieces): Promise<Kept[]> {
  const kept = new Map<string, Kept>()
  const lines = new LineCutter((line, at) => {
    const entry = readEntry(line)
    if (entry === null) return true
    const address = addressOf(entry.kind === 'letter' ? entry.head : entry.address)
    kept.delete(address)
    if (entry.kind === 'letter') kept.set(address, { time: entry.time, head: entry.head, at, length: line.length })
    return true
  })
  await pieces((piece) => lines.push(piece))
  return [...kept.values()]
}

/** What is appended here begins a line of its own: a full disk or a crash may have left half a one. */
export function inLinesOfTheirOwn(size: number, entries: readonly object[]): Buffer {
  return Buffer.from((size === 0 ? '' : '\n') + entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
}

export class DeadLetters {
  /** Bytes that the file may have. */
  readonly limit: number
  readonly #folder: StateFolder
  /** Size at which nothing was found that could be left out. */
  #packedAt = -1

  constructor(folder: StateFolder, limit: number) {
    this.#folder = folder
    this.limit = limit
  }

  /**
   * Durable when it resolves, with the number of the letters from the front that there was room for. Rejects as the folder does.
   * @param now milliseconds since the epoch
   */
  async bury(letters: readonly DeadLetter[], now: number): Promise<number> {
    const time = new Date(now).toISOString()
    const entries = letters.map((letter) => ({ time, ...letter }))
    const buried = await this.#append(entries)
    if (buried === entries.length || !(await this.#leaveOutTaken())) return buried
    return buried + (await this.#append(entries.slice(buried)))
  }

  async #append(entries: readonly object[]): Promise<number> {
    for (;;) {
      const file = await this.#folder.openAppend(DEAD_LETTERS)
      try {
        const [bytes, count] = this.#whatFits(file, entries)
        if (count === 0) return 0
        await file.append(bytes)
        // Else it was moved away meanwhile, and nobody would look for these in there.
        if (await file.isThere()) return count
      } finally {
        await file.close()
      }
    }
  }

  #whatFits({ size }: AppendFile, entries: readonly object[]): [Buffer, number] {
    for (let count = entries.length; count > 0; count--) {
      const bytes = inLinesOfTheirOwn(size, entries.slice(0, count))
      if (size + bytes.length <= this.limit) return [bytes, count]
    }
    return [Buffer.alloc(0), 0]
  }

  /** Writes the file anew without what was taken out, since its room is needed. False where that gives none. */
  async #leaveOutTaken(): Promise<boolean> {
    const size = await sizeOf(this.#folder)
    if (size === this.#packedAt) return false
    const packed = await leaveOutTaken(this.#folder)
    this.#packedAt = packed ? await sizeOf(this.#folder) : size
    return packed
  }
}

async function sizeOf(folder: StateFolder): Promise<number> {
  const file = await folder.openAppend(DEAD_LETTERS)
  await file.close()
  return file.size
}

/** Writes the file anew without letters that were taken out. False where there are none, or somebody appended meanwhile. */
export async function leaveOutTaken(folder: StateFolder): Promise<boolean> {
  const size = await sizeOf(folder)
  const kept = await keptLetters((take) => folder.stream(DEAD_LETTERS, take))
  const bytes = kept.reduce((sum, { length }) => sum + length + 1, 0)
  // A line feed before each is not counted.
  if (bytes + kept.length >= size) return false
  await folder.remove(PACKED)
  await copyLines(folder, new Set(kept.map(({ at }) => at)))
  if ((await sizeOf(folder)) !== size) return false
  await folder.rename(PACKED, DEAD_LETTERS)
  return true
}

async function copyLines(folder: StateFolder, places: ReadonlySet<number>): Promise<void> {
  const file = await folder.openAppend(PACKED)
  try {
    const found: Buffer[] = []
    const lines = new LineCutter((line, at) => {
      if (places.has(at)) found.push(Buffer.from(line), LINE_FEED)
      return true
    })
    await folder.stream(DEAD_LETTERS, async (piece) => {
      lines.push(piece)
      if (found.length > 0) await file.append(Buffer.concat(found.splice(0)))
    })
  } finally {
    await file.close()
  }
}
