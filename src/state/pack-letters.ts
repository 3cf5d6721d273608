// Writes the dead letters anew without those that were taken out. There may be millions: of their addresses only so many are held
// in memory at a time, and of the rest a bit for each line (law 5).

import { type Address, DEAD_LETTERS, type Place, readPlace } from './dead-letter.ts'
import type { StateFolder } from './folder.ts'
import { LineCutter } from './line-cutter.ts'

/** The same without what was taken out, until it is whole. */
const PACKED = 'dead-letters.packed.jsonl'
const LINE_FEED = Buffer.from('\n')
const AT_A_TIME = 500_000

export async function sizeOf(folder: StateFolder): Promise<number> {
  const file = await folder.openAppend(DEAD_LETTERS)
  await file.close()
  return file.size
}

/** False where none was taken out, or somebody appended meanwhile. Rejects as the folder does; then the letters are as they were. */
export async function leaveOutTaken(folder: StateFolder, atATime = AT_A_TIME): Promise<boolean> {
  const size = await sizeOf(folder)
  const over = await linesThatAreOver(folder, atATime)
  if (over === null) return false
  try {
    await folder.remove(PACKED)
    await copyLines(folder, over)
    if ((await sizeOf(folder)) !== size) return false
    await folder.rename(PACKED, DEAD_LETTERS)
    return true
  } catch (error) {
    // A full disk needs the room back.
    await folder.remove(PACKED).catch(() => undefined)
    throw error
  }
}

/** Numbers of lines that are no letter, or one that was taken out after it; null where nothing was. */
async function linesThatAreOver(folder: StateFolder, atATime: number): Promise<Bits | null> {
  const over = new Bits()
  for (let from = 0; ; from += atATime) {
    const taken = new TakenOut()
    let count = 0
    await eachPlace(folder, (place, line) => {
      if (place?.kind !== 'letter') over.set(line)
      if (place?.kind !== 'taken_out') return
      if (count >= from && count < from + atATime) taken.add(place.address, line)
      count++
    })
    if (count === 0) return null
    await eachPlace(folder, (place, line) => {
      if (place?.kind === 'letter' && taken.isAfter(place.address, line)) over.set(line)
    })
    if (count <= from + atATime) return over
  }
}

async function eachPlace(folder: StateFolder, visit: (place: Place | null, line: number) => void): Promise<void> {
  let number = 0
  const lines = new LineCutter((line) => {
    visit(readPlace(line), number++)
    return true
  })
  await folder.stream(DEAD_LETTERS, (piece) => lines.push(piece))
}

/** By file and length, since maps of numbers take far less than such of texts. */
class TakenOut {
  readonly #lines = new Map<string, Map<number, number>>()

  add({ file_id, length, offset }: Address, line: number): void {
    const key = `${file_id}/${length}`
    const lines = this.#lines.get(key) ?? new Map<number, number>()
    this.#lines.set(key, lines)
    lines.set(offset, line)
  }

  isAfter({ file_id, length, offset }: Address, line: number): boolean {
    return (this.#lines.get(`${file_id}/${length}`)?.get(offset) ?? -1) > line
  }
}

async function copyLines(folder: StateFolder, over: Bits): Promise<void> {
  const file = await folder.openAppend(PACKED)
  try {
    const kept: Buffer[] = []
    let number = 0
    const lines = new LineCutter((line) => {
      if (!over.has(number++)) kept.push(Buffer.from(line), LINE_FEED)
      return true
    })
    await folder.stream(DEAD_LETTERS, async (piece) => {
      lines.push(piece)
      if (kept.length > 0) await file.append(Buffer.concat(kept.splice(0)))
    })
  } finally {
    await file.close()
  }
}

class Bits {
  #bytes = new Uint8Array(1024)

  set(at: number): void {
    if (at >> 3 >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, (at >> 3) + 1))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[at >> 3] = (this.#bytes[at >> 3] ?? 0) | (1 << (at & 7))
  }

  has(at: number): boolean {
    return ((this.#bytes[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
  }
}
