// What the simulated applications write: lines of which no two are the same, and now and then something unpleasant.

import type { Random } from './random.ts'

/** The broker refuses every record that holds this. */
export const POISON = 'POISON'

const FILLER = Buffer.from(
  'the quick brown fox jumps over the lazy dog 0123456789 \\ "quoted" \t '.repeat(120),
  'latin1',
)
/** Bytes of a line between two of its number. */
const PIECE = 100
const STRANGE = [
  Buffer.from([0xff, 0xfe, 0x80]),
  Buffer.from('\u00e9\u4e2d\u{1f600}'),
  Buffer.from([0xe4, 0xb8]),
  Buffer.from('\r'),
]

export class Writers {
  readonly #random: Random
  #lines = 0

  readonly #unit: 1 | 2
  readonly #swap: boolean

  /** @param charset of one in UTF-16 every byte becomes a unit */
  constructor(random: Random, charset: string) {
    this.#random = random
    this.#unit = charset.startsWith('utf-16') ? 2 : 1
    this.#swap = charset === 'utf-16be'
  }

  lines(): Buffer {
    const parts: Buffer[] = []
    for (let left = this.#random.between(1, 6); left > 0; left--)
      parts.push(this.#line(this.#random.between(0, 150), '\n'))
    return this.encoded(Buffer.concat(parts))
  }

  /** Longer than any message. */
  longLine(): Buffer {
    return this.encoded(this.#line(this.#random.between(800, 5_000), this.#random.chance(0.7) ? '\n' : ''))
  }

  unfinished(): Buffer {
    return this.encoded(this.#line(this.#random.between(0, 80), ''))
  }

  poison(): Buffer {
    return this.encoded(Buffer.concat([this.#line(20, ''), Buffer.from(`${POISON}\n`), this.#line(20, '\n')]))
  }

  /** Invalid in UTF-8, or cut in the middle of a character, or with many bytes a character. */
  strange(): Buffer {
    const parts = [this.#line(30, '')]
    for (let left = this.#random.between(1, 40); left > 0; left--) parts.push(this.#random.pick(STRANGE))
    parts.push(Buffer.from(this.#random.chance(0.7) ? '\r\n' : '\n\n'))
    const lone = this.#unit === 2 && this.#random.chance(0.5) ? [Buffer.from([0xd8, 0xd8])] : []
    return Buffer.concat([...lone, this.encoded(Buffer.concat(parts))])
  }

  encoded(bytes: Buffer | string): Buffer {
    if (this.#unit === 1) return Buffer.from(bytes)
    const wide = Buffer.from(bytes.toString('latin1' as never), 'utf16le')
    return this.#swap ? wide.swap16() : wide
  }

  /** Writes a number of its own over the first bytes. */
  sign(bytes: Buffer): void {
    bytes.write(`${++this.#lines}!`.slice(0, bytes.length), 'latin1')
  }

  #line(filler: number, end: string): Buffer {
    const at = this.#random.between(0, 2_000)
    const number = ++this.#lines
    const parts = [Buffer.from(`${number}:`)]
    // A long line has its number all over, or the mark of one would be that of another.
    for (let done = 0; done < filler; done += PIECE)
      parts.push(
        FILLER.subarray(at + done, at + Math.min(filler, done + PIECE)),
        Buffer.from(done === 0 ? '' : ` ${number}`),
      )
    return Buffer.concat([...parts, Buffer.from(end)])
  }
}
