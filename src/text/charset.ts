// What the bytes of a file mean as text. Only what comes back byte for byte is text: iconv-lite replaces what it does not know, and some
// pairs of Shift_JIS, Big5 and GBK that it knows come back as others. Pure.

import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { namedCharset } from './charset-names.ts'
import { byteLines, type LineEnds, lineEndsOf } from './line-ends.ts'
import { wholeCharacters } from './utf8.ts'

/** `offset` is that of the first of `bytes` in its file. */
export interface Charset {
  /** As messages name it. */
  readonly name: string
  readonly ends: LineEnds
  /** Decoded and encoded again, it is the same bytes. */
  isText(bytes: Buffer, offset: number): boolean
  /** The greatest length <= `length` at which text can be cut without dividing a character. */
  wholeCharacters(bytes: Buffer, length: number, offset: number): number
  /** Parts that begin and end between characters, small enough for strings to be made of them (law 5). */
  pieces(bytes: Buffer, offset: number): Iterable<Buffer>
  decode(bytes: Buffer): string
  encode(text: string): Buffer
}

/** Half of a surrogate pair: no character, and nothing that UTF-8 can hold. */
const LONE = /\p{Surrogate}/u

/** Strings and what is encoded of them lie outside of `memory_limit`. */
const PIECE = 16 * 1024

export const utf8: Charset = {
  name: 'utf-8',
  ends: byteLines,
  isText: isUtf8,
  wholeCharacters,
  pieces: (bytes) => [bytes],
  decode: (bytes) => bytes.toString(),
  encode: (text) => Buffer.from(text),
}

class Converted implements Charset {
  readonly name: string
  readonly ends: LineEnds
  readonly #kind: 'single' | 'multi' | 'wide'

  constructor(name: string, kind: 'single' | 'multi' | 'wide') {
    this.name = name
    this.#kind = kind
    this.ends = lineEndsOf(name)
  }

  isText(bytes: Buffer, offset: number): boolean {
    const { unit } = this.ends
    if (offset % unit !== 0 || bytes.length % unit !== 0) return false
    for (const piece of this.pieces(bytes, offset)) if (!this.#comesBack(piece)) return false
    return true
  }

  wholeCharacters(bytes: Buffer, length: number, offset: number): number {
    if (this.#kind === 'single') return length
    if (this.#kind === 'wide') return this.#wholeUnits(bytes, length, offset)
    let at = 0
    while (at < length) {
      const whole = this.#wholeFront(bytes.subarray(at, Math.min(at + PIECE, length)))
      if (whole === 0 || whole + 4 < Math.min(PIECE, length - at)) break
      at += whole
    }
    // Where it is no text it is cut anywhere.
    return length - at > 4 || at === 0 ? length : at
  }

  *pieces(bytes: Buffer, offset: number): Iterable<Buffer> {
    for (let at = 0; at < bytes.length; ) {
      const length = this.#pieceAt(bytes.subarray(at), offset + at)
      yield bytes.subarray(at, at + length)
      at += length
    }
  }

  decode(bytes: Buffer): string {
    return iconv.decode(bytes, this.name, { stripBOM: false })
  }

  encode(text: string): Buffer {
    return iconv.encode(text, this.name, { addBOM: false })
  }

  /** Ends at a line end where there is one: what was cut wrongly before a line is right behind it. */
  #pieceAt(bytes: Buffer, offset: number): number {
    if (bytes.length <= PIECE) return bytes.length
    const line = this.ends.before(bytes, PIECE, offset)
    return line > 0 ? line : this.wholeCharacters(bytes, PIECE, offset)
  }

  #comesBack(bytes: Buffer): boolean {
    const text = this.decode(bytes)
    return !(this.#kind === 'wide' && LONE.test(text)) && this.encode(text).equals(bytes)
  }

  /** Bytes of the characters that are whole in `bytes`; 0 where they are no text. */
  #wholeFront(bytes: Buffer): number {
    // Not told that it is the end, the decoder keeps the front of a character back.
    const front = this.encode(iconv.getDecoder(this.name, { stripBOM: false }).write(bytes))
    return bytes.subarray(0, front.length).equals(front) ? front.length : 0
  }

  #wholeUnits(bytes: Buffer, length: number, offset: number): number {
    const end = length - ((offset + length) % 2)
    if (end < 2) return length
    const unit = this.name === 'utf-16le' ? bytes.readUInt16LE(end - 2) : bytes.readUInt16BE(end - 2)
    const isHigh = unit >= 0xd800 && unit < 0xdc00
    return isHigh && end > 2 ? end - 2 : end
  }
}

const made = new Map<string, Charset>([[utf8.name, utf8]])

/** By a name as messages carry it. Undefined for one that is none, or that does not say enough (`utf-16`). */
export function charsetNamed(name: string): Charset | undefined {
  const known = made.get(name)
  const named = known === undefined ? namedCharset(name) : undefined
  if (known !== undefined || named === undefined || named.name !== name || name === 'utf-16') return known
  const charset = new Converted(name, named.kind)
  made.set(name, charset)
  return charset
}

/** Of a file whose setting is `name`: the first bytes of one in `utf-16` tell the order of all others (RFC 2781, but for what has no mark). */
export function charsetOfFile(name: string, front: Uint8Array): Charset {
  const own = name === 'utf-16' ? (front[0] === 0xfe && front[1] === 0xff ? 'utf-16be' : 'utf-16le') : name
  return charsetNamed(own) ?? utf8
}
