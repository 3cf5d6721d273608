// JSON string escaping from bytes to bytes, as fast as this processor can.

import { type Escaped, fitEscaped as fitPlain, putEscaped as putPlain } from './escape-plain.ts'
import { vectors } from './vectors.ts'

/** The longest front of `source` that escapes to at most `room` bytes. */
export const fitEscaped = (source: Buffer, room: number): Escaped =>
  vectors === null ? fitPlain(source, room) : vectors.fitEscaped(source, room)

/** Writes `source` escaped; `fit` is what `fitEscaped` said of it. Returns the position behind it. */
export const putEscaped = (into: Buffer, at: number, source: Buffer, fit: Escaped): number =>
  vectors === null ? putPlain(into, at, source, fit) : vectors.putEscaped(into, at, source)
