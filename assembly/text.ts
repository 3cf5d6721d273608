// What is done to text, 16 bytes at a time; a module of its own, since not every processor can.

import { INPUT } from './memory'

export { escape, fitEscaped, fittedEncoded, fittedLines } from './escape'
export { fitLines, recordBytes, records, writeLines } from './lines'
export { INPUT, INPUT_MAX, OUTPUT, SAME, SAME_MAX } from './memory'

/** Line ends in the input's first `length` bytes. */
export function countLines(length: u32): u32 {
  const ends = i8x16.splat(0x0a)
  const end: usize = INPUT + length
  let lines: u32 = 0
  let from: usize = INPUT
  for (; from + 16 <= end; from += 16) lines += <u32>popcnt(i8x16.bitmask(i8x16.eq(v128.load(from), ends)))
  for (; from < end; from++) if (load<u8>(from) == 0x0a) lines++
  return lines
}
