// Dead letters in the checkpoint topic: in pieces, since a letter holds what was too large for a message.

import type { KeyedRecord } from '../deliver/transaction.ts'

const LETTER = 'dead/'
/** Characters of a piece: well below what a topic takes as a rule, whatever they are. */
const PIECE = 200_000

export const isLetter = (key: string): boolean => key.startsWith(LETTER)

/** One record or more; `now` in milliseconds since the epoch. */
export function letterRecords(
  letter: { readonly file_id: string; readonly offset: number },
  now: number,
): KeyedRecord[] {
  const text = JSON.stringify({ time: new Date(now).toISOString(), ...letter })
  const count = Math.ceil(text.length / PIECE)
  return Array.from({ length: count }, (_, index) => ({
    key: `${LETTER}${letter.file_id}/${letter.offset}/${index}`,
    value: JSON.stringify({ dead: text.slice(index * PIECE, (index + 1) * PIECE), of: count }),
  }))
}

/** The letters as lines of JSON, in the order of the topic. */
export function lettersIn(values: ReadonlyMap<string, string>): string[] {
  const pieces = new Map<string, string[]>()
  const lines: string[] = []
  for (const [key, value] of values) {
    if (!isLetter(key)) continue
    const { dead, of } = JSON.parse(value) as { dead: string; of: number }
    const letter = key.slice(0, key.lastIndexOf('/'))
    const known = pieces.get(letter) ?? []
    pieces.set(letter, known)
    known[Number(key.slice(letter.length + 1))] = dead
    if (known.length === of && !known.includes(undefined as never)) lines.push(known.join(''))
  }
  return lines
}
