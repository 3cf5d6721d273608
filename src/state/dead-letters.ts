// The dead letters of a state directory: durable here before the committed offset passes them (law 8), and never more of them than
// `dead_letter_limit` has room for.

import { addressOf, DEAD_LETTERS, type DeadLetter, type LetterHead, readEntry } from './dead-letter.ts'
import type { AppendFile, StateFolder } from './folder.ts'
import { LineCutter } from './line-cutter.ts'
import { leaveOutTaken, sizeOf } from './pack-letters.ts'

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
  const texts = new Map<string, string>()
  const lines = new LineCutter((line, at) => {
    const entry = readEntry(line)
    if (entry === null) return true
    const address = addressOf(entry.kind === 'letter' ? entry.head : entry.address)
    kept.delete(address)
    if (entry.kind === 'letter')
      kept.set(address, { time: entry.time, head: shared(entry.head, texts), at, length: line.length })
    return true
  })
  await pieces((piece) => lines.push(piece))
  return [...kept.values()]
}

/** There may be millions, and nearly all of their texts are the same. */
function shared(head: LetterHead, texts: Map<string, string>): LetterHead {
  const entries = Object.entries(head).map(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string') return [name, value]
    const known = texts.get(value)
    if (known === undefined) texts.set(value, value)
    return [name, known ?? value]
  })
  return Object.fromEntries(entries) as LetterHead
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
