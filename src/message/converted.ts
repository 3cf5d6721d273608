// JSON string escaping of text in another charset than UTF-8: converted a piece at a time, once to measure it and once to write it, so
// that it takes no memory of its own (law 5). Conversions of this kind are free of context: pieces add up.

import type { Charset } from '../text/charset.ts'
import { wholeCharacters } from '../text/utf8.ts'
import { fitEscaped, putEscaped } from './escape.ts'
import type { Escaped } from './escape-plain.ts'

const ENDLESS = Number.POSITIVE_INFINITY

type FitText = (text: Buffer, room: number) => Escaped

/** The longest front of `source` whose text takes at most `room` bytes as `fit` has it; it ends between characters. */
export function fitConverted(
  charset: Charset,
  source: Buffer,
  offset: number,
  room: number,
  fitText: FitText = fitEscaped,
): Escaped {
  let bytes = 0
  let encoded = 0
  let lines = 0
  for (const piece of charset.pieces(source, offset)) {
    const text = Buffer.from(charset.decode(piece))
    const fit = fitText(text, room - encoded)
    const whole = fit.bytes === text.length
    const front = whole ? piece.length : sourceOf(charset, piece, text.subarray(0, wholeCharacters(text, fit.bytes)))
    encoded += whole ? fit.encoded : fitText(Buffer.from(charset.decode(piece.subarray(0, front))), ENDLESS).encoded
    lines += charset.ends.count(piece.subarray(0, front), offset + bytes)
    bytes += front
    if (!whole) break
  }
  return { bytes, encoded, lines }
}

/** Returns the position behind what was written. */
export function putConverted(charset: Charset, into: Buffer, at: number, source: Buffer, offset: number): number {
  let position = at
  for (const piece of charset.pieces(source, offset)) {
    const text = Buffer.from(charset.decode(piece))
    position = putEscaped(into, position, text, fitEscaped(text, ENDLESS))
  }
  return position
}

/** Bytes of `piece` that the front of its text was made of; none where that is not to be told. */
function sourceOf(charset: Charset, piece: Buffer, text: Buffer): number {
  const front = charset.encode(text.toString())
  return piece.subarray(0, front.length).equals(front) ? front.length : 0
}
