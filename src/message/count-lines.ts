// Line ends in bytes. Pure.

import { vectors } from './vectors.ts'

const LF = 0x0a

/** Of the first `length` bytes of `source`. */
export function countLines(source: Buffer, length = source.length): number {
  if (vectors !== null) return vectors.countLines(source, length)
  let lines = 0
  for (let at = source.indexOf(LF); at >= 0 && at < length; at = source.indexOf(LF, at + 1)) lines++
  return lines
}
