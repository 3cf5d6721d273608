// Records of format `line`: one for each whole line of the input, with its offset and length in headers, in Kafka's record format 2:
// https://kafka.apache.org/documentation/#record. What is the same in all of them is copied in before.

import { INPUT, OUTPUT, OUTPUT_MAX, SAME } from './memory'

const LF: u8 = 0x0a
const CR: u8 = 0x0d
/** The name of a header behind its length. */
const LENGTH: u64 = 0x0068_7467_6e65_6c0c // "\x0clength"
const LENGTH_BYTES: u32 = 7
const EIGHT_DIGITS: u32 = 100_000_000

let encoded: u32 = 0
let count: u32 = 0

/** Bytes of the records that were counted, or written, last. */
export function recordBytes(): u32 {
  return encoded
}

/** How many they were. */
export function records(): u32 {
  return count
}

/** The offset of a line, so that its digits cost no long division: `high` * 10^8 + `low`. */
let high: u32 = 0
let low: u32 = 0
let digits: u32 = 0
/** The offset at which there is a digit more. */
let nextPower: u64 = 0
let offset: u64 = 0

function startAt(value: u64): void {
  offset = value
  high = <u32>(value / EIGHT_DIGITS)
  low = <u32>(value % EIGHT_DIGITS)
  digits = 1
  nextPower = 10
  passOn(0)
}

// @ts-ignore: decorator
@inline
function passOn(length: u32): void {
  offset += length
  low += length
  if (low >= EIGHT_DIGITS) {
    low -= EIGHT_DIGITS
    high++
  }
  for (; nextPower <= offset; nextPower *= 10) digits++
}

/**
 * How many of the input's first `length` bytes are lines whose records take at most `room` bytes; the first begins at `start` of its file.
 * A record is reckoned with the longest number that it may have in its batch.
 * @param key bytes of the key with its length, at SAME. `headers`: bytes behind it, the headers' number, those that are the same, and
 * the name of `offset`; 0: no headers
 */
export function fitLines(length: u32, start: f64, room: u32, key: u32, headers: u32): u32 {
  startAt(<u64>start)
  const end: usize = INPUT + length
  let from: usize = INPUT
  encoded = 0
  count = 0
  for (let next = behindLine(from, end); next != 0; next = behindLine(from, end)) {
    const body = bodyOf(0, key, valueIn(from, next), headers, <u32>(next - from))
    const record = varintLength(body) + body + 4
    if (encoded + record > room) break
    encoded += record
    count++
    passOn(<u32>(next - from))
    from = next
  }
  return <u32>(from - INPUT)
}

/** Writes the records of the input's lines to the output, numbered from `index`, as far as that goes; returns the bytes of their lines. */
export function writeLines(length: u32, start: f64, index: u32, key: u32, headers: u32): u32 {
  startAt(<u64>start)
  const end: usize = INPUT + length
  let from: usize = INPUT
  let to: usize = OUTPUT
  let number = index
  for (let next = behindLine(from, end); next != 0; next = behindLine(from, end)) {
    const value = valueIn(from, next)
    const line = <u32>(next - from)
    const body = bodyOf(number, key, value, headers, line)
    if (to + body + 5 > OUTPUT + OUTPUT_MAX) break
    to = putVarint(to, body)
    store<u16>(to, 0) // attributes, timestamp delta
    to = putVarint(to + 2, number++)
    to = copy(to, SAME, key)
    to = putVarint(to, value)
    to = copy(to, from, value)
    to = putHeaders(to, key, headers, line)
    passOn(line)
    from = next
  }
  encoded = <u32>(to - OUTPUT)
  count = number - index
  return <u32>(from - INPUT)
}

function putHeaders(at: usize, key: u32, headers: u32, line: u32): usize {
  if (headers == 0) {
    store<u8>(at, 0)
    return at + 1
  }
  let to = copy(at, SAME + key, headers)
  to = putVarint(to, digits)
  putDigits(to + digits, low, min<u32>(digits, 8))
  if (digits > 8) putDigits(to + digits - 8, high, digits - 8)
  to += digits
  store<u64>(to, LENGTH)
  const lineDigits = digitsOf(line)
  to = putVarint(to + LENGTH_BYTES, lineDigits)
  putDigits(to + lineDigits, line, lineDigits)
  return to + lineDigits
}

/** Position behind the line's end; 0: it does not end. */
// @ts-ignore: decorator
@inline
function behindLine(from: usize, end: usize): usize {
  const ends = i8x16.splat(LF)
  for (let at = from; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), ends))
    if (found == 0) continue
    const next: usize = at + <usize>ctz(found) + 1
    return next <= end ? next : 0
  }
  return 0
}

/** Bytes of the line from `from` to `next` without its line end. */
// @ts-ignore: decorator
@inline
function valueIn(from: usize, next: usize): u32 {
  const bytes = <u32>(next - from) - 1
  return bytes > 0 && load<u8>(from + bytes - 1) == CR ? bytes - 1 : bytes
}

// @ts-ignore: decorator
@inline
function bodyOf(index: u32, key: u32, value: u32, headers: u32, line: u32): u32 {
  const own = headers == 0 ? 1 : headers + 1 + digits + LENGTH_BYTES + 1 + digitsOf(line)
  return 2 + varintLength(index) + key + varintLength(value) + value + own
}

function digitsOf(value: u32): u32 {
  let found: u32 = 1
  for (let rest = value; rest >= 10; rest /= 10) found++
  return found
}

/** The last `number` digits of `value`, the last one before `end`. */
function putDigits(end: usize, value: u32, number: u32): void {
  let rest = value
  for (let left = number; left > 0; left--) {
    store<u8>(end - number + left - 1, 0x30 + (rest % 10))
    rest /= 10
  }
}

/** Of a zig-zag varint. */
// @ts-ignore: decorator
@inline
function varintLength(value: u32): u32 {
  return value < 64 ? 1 : value < 8192 ? 2 : value < 1_048_576 ? 3 : value < 134_217_728 ? 4 : 5
}

// @ts-ignore: decorator
@inline
function putVarint(at: usize, value: u32): usize {
  let rest: u32 = value * 2
  let to = at
  for (; rest > 0x7f; rest >>= 7) store<u8>(to++, (rest & 0x7f) | 0x80)
  store<u8>(to, rest)
  return to + 1
}

/** Writes up to 15 bytes more, which the next ones are written over. */
// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, length: u32): usize {
  for (let at: u32 = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at))
  return to + length
}
