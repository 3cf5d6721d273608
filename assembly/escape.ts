// JSON string escaping of valid UTF-8 (RFC 8259, 7), 16 bytes at a time: only `"`, `\` and control bytes grow.

import { INPUT, OUTPUT } from './memory'

const QUOTE: u8 = 0x22
const BACKSLASH: u8 = 0x5c
const LF: u8 = 0x0a

/** What `fitEscaped` found, to be asked for behind it. */
let encoded: u32 = 0
let lines: u32 = 0

export function fittedEncoded(): u32 {
  return encoded
}

export function fittedLines(): u32 {
  return lines
}

/** How many of the input's first `length` bytes escape to at most `room` bytes. */
export function fitEscaped(length: u32, room: u32): u32 {
  const end: usize = INPUT + length
  let from: usize = INPUT
  let taken: u32 = 0
  let ended: u32 = 0
  for (; from + 16 <= end; from += 16) {
    const bytes = v128.load(from)
    let cost: u32 = 16
    const grows = growing(bytes)
    if (v128.any_true(grows)) cost += <u32>popcnt(i8x16.bitmask(grows)) + 4 * <u32>popcnt(i8x16.bitmask(long(bytes)))
    if (taken + cost > room) break
    taken += cost
    if (cost > 16) ended += <u32>popcnt(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(LF))))
  }
  for (; from < end; from++) {
    const byte = load<u8>(from)
    const cost = costOf(byte)
    if (taken + cost > room) break
    taken += cost
    if (byte == LF) ended++
  }
  encoded = taken
  lines = ended
  return <u32>(from - INPUT)
}

/** Writes the input's first `length` bytes escaped to the output; returns how many that are. */
export function escape(length: u32): u32 {
  const end: usize = INPUT + length
  let from: usize = INPUT
  let to: usize = OUTPUT
  while (from + 16 <= end) {
    const bytes = v128.load(from)
    v128.store(to, bytes)
    const grows = growing(bytes)
    if (!v128.any_true(grows)) {
      from += 16
      to += 16
      continue
    }
    // All up to the first one that grows stays as it was stored.
    const plain: usize = ctz(i8x16.bitmask(grows))
    from += plain
    to = put(to + plain, load<u8>(from++))
  }
  while (from < end) to = put(to, load<u8>(from++))
  return <u32>(to - OUTPUT)
}

// @ts-ignore: decorator
@inline
function growing(bytes: v128): v128 {
  return v128.or(
    i8x16.lt_u(bytes, i8x16.splat(0x20)),
    v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))),
  )
}

/** Control bytes that have no letter of their own: \u00XX. */
// @ts-ignore: decorator
@inline
function long(bytes: v128): v128 {
  // 8 to 13 have one, but for 11.
  const lettered = v128.andnot(
    i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(8)), i8x16.splat(6)),
    i8x16.eq(bytes, i8x16.splat(11)),
  )
  return v128.andnot(i8x16.lt_u(bytes, i8x16.splat(0x20)), lettered)
}

function costOf(byte: u8): u32 {
  if (byte >= 0x20) return byte == QUOTE || byte == BACKSLASH ? 2 : 1
  return letterOf(byte) == 0 ? 6 : 2
}

/** Behind the backslash; 0: none. */
function letterOf(byte: u8): u8 {
  if (byte == LF) return 0x6e // n
  if (byte == 9) return 0x74 // t
  if (byte == 13) return 0x72 // r
  if (byte == 8) return 0x62 // b
  if (byte == 12) return 0x66 // f
  return byte == QUOTE || byte == BACKSLASH ? byte : 0
}

/** Writes one byte escaped; returns the position behind it. */
function put(to: usize, byte: u8): usize {
  if (byte >= 0x20 && byte != QUOTE && byte != BACKSLASH) {
    store<u8>(to, byte)
    return to + 1
  }
  const letter = letterOf(byte)
  store<u8>(to, BACKSLASH)
  if (letter != 0) {
    store<u8>(to, letter, 1)
    return to + 2
  }
  store<u32>(to, 0x30303075, 1) // u000
  store<u8>(to, 0x30 + (byte >> 4), 4)
  store<u8>(to, hexDigit(byte & 15), 5)
  return to + 6
}

function hexDigit(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x57 + value
}
