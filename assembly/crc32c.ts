// CRC-32C (Castagnoli) of record batches, by tables for 16 bytes at a time, over four runs side by side: one run alone waits for its
// own last step most of the time. Source of the method: https://create.stephan-brumme.com/crc32/#slicing-by-16-overview

import { INPUT, TABLES } from './memory'

/** Castagnoli's polynomial, reversed: RFC 3720, appendix B.4. */
const POLYNOMIAL: u32 = 0x82f63b78
/** Bytes of each of the four runs. */
const RUN: u32 = 8192
/** Behind the 16 tables: what RUN zero bytes make of each byte of a checksum. */
const SHIFT: usize = TABLES + 16 * 1024

/** Once, before anything else. */
export function prepareCrc32c(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1
    store<u32>(TABLES + byte * 4, crc)
  }
  for (let table: u32 = 1; table < 16; table++)
    for (let byte: u32 = 0; byte < 256; byte++) {
      const crc = at(table - 1, byte)
      store<u32>(TABLES + table * 1024 + byte * 4, (crc >> 8) ^ at(0, crc & 0xff))
    }
  // What becomes of a checksum is linear: known for each bit, it is known for each byte.
  for (let place: u32 = 0; place < 4; place++) {
    store<u32>(SHIFT + place * 1024, 0)
    for (let bit: u32 = 0; bit < 8; bit++) {
      const first: u32 = 1 << bit
      let crc: u32 = first << (place * 8)
      for (let zeros: u32 = 0; zeros < RUN; zeros += 16) crc = word(crc, 12)
      for (let byte: u32 = 0; byte < first; byte++)
        store<u32>(SHIFT + place * 1024 + (first + byte) * 4, crc ^ load<u32>(SHIFT + place * 1024 + byte * 4))
    }
  }
}

// @ts-ignore: decorator
@inline
function at(table: u32, byte: u32): u32 {
  return load<u32>(TABLES + table * 1024 + byte * 4)
}

/** Of four bytes that stand before `table` * 4 more in their step. */
// @ts-ignore: decorator
@inline
function word(value: u32, table: u32): u32 {
  return (
    load<u32>(TABLES + (table + 3) * 1024 + (value & 0xff) * 4) ^
    load<u32>(TABLES + (table + 2) * 1024 + ((value >> 8) & 0xff) * 4) ^
    load<u32>(TABLES + (table + 1) * 1024 + ((value >> 16) & 0xff) * 4) ^
    load<u32>(TABLES + table * 1024 + (value >> 24) * 4)
  )
}

// @ts-ignore: decorator
@inline
function step(crc: u32, from: usize): u32 {
  return (
    word(load<u32>(from) ^ crc, 12) ^ word(load<u32>(from, 4), 8) ^ word(load<u32>(from, 8), 4) ^ word(load<u32>(from, 12), 0)
  )
}

// @ts-ignore: decorator
@inline
function shifted(crc: u32): u32 {
  return (
    load<u32>(SHIFT + (crc & 0xff) * 4) ^
    load<u32>(SHIFT + 1024 + ((crc >> 8) & 0xff) * 4) ^
    load<u32>(SHIFT + 2048 + ((crc >> 16) & 0xff) * 4) ^
    load<u32>(SHIFT + 3072 + (crc >> 24) * 4)
  )
}

/** The checksum of what `before` is that of (0: nothing) and the first `length` bytes of the input behind it. */
export function crc32c(before: u32, length: u32): u32 {
  let crc = ~before
  let from: usize = INPUT
  const end: usize = from + length
  for (; from + 4 * RUN <= end; from += 4 * RUN) {
    let second: u32 = 0
    let third: u32 = 0
    let fourth: u32 = 0
    for (const stop: usize = from + RUN; from < stop; from += 16) {
      crc = step(crc, from)
      second = step(second, from + RUN)
      third = step(third, from + 2 * RUN)
      fourth = step(fourth, from + 3 * RUN)
    }
    from -= RUN
    crc = shifted(shifted(shifted(crc) ^ second) ^ third) ^ fourth
  }
  for (; from + 16 <= end; from += 16) crc = step(crc, from)
  for (; from < end; from++) crc = (crc >> 8) ^ at(0, (crc ^ load<u8>(from)) & 0xff)
  return ~crc
}
