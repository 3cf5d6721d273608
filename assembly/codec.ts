// The codecs snappy and lz4 of record batches: one search for what came before, two ways to write down what it found.
// Formats: https://github.com/google/snappy/blob/main/format_description.txt,
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md and lz4_Frame_format.md

/** Where four bytes were seen last, by their hash. */
const SEEN: usize = 0x400
const SEEN_LOG: u32 = 14
/** From here on the memory is the caller's, who makes it larger where that is needed. */
export const BASE: usize = 0x11000

/** What is compressed by itself. Snappy's is what its own library takes, lz4's costs a reader as much memory. */
const SNAPPY_BLOCK: u32 = 0x10000
const LZ4_BLOCK: u32 = 0x40000

/** Both formats tell a distance in 16 bits. */
const FARTHEST: usize = 0xffff
/** The last match of an lz4 block begins 12 bytes before its end, or earlier, and the last 5 bytes belong to none. */
const LAST_MATCH: usize = 12
const LAST_LITERALS: usize = 5
const SHORTEST: usize = 4

// @ts-ignore: decorator
@inline
function slotOf(word: u32): usize {
  return SEEN + (((word * 2654435761) >>> (32 - SEEN_LOG)) << 2)
}

/** Where the bytes from `at` on cease to be those from `before` on. */
// @ts-ignore: decorator
@inline
function differs(at: usize, before: usize, end: usize): usize {
  while (at + 8 <= end) {
    const difference = load<u64>(at) ^ load<u64>(before)
    if (difference !== 0) return at + <usize>(ctz(difference) >> 3)
    at += 8
    before += 8
  }
  while (at < end && load<u8>(at) === load<u8>(before)) {
    at++
    before++
  }
  return at
}

/** Returns where what was written ends. */
// @ts-ignore: decorator
@inline
function putBlock(from: usize, end: usize, into: usize, lz4: bool): usize {
  let to = into
  let anchor = from
  let at = from
  // Where nothing is found for long, it is sought less often.
  let patience: u32 = 32
  const last = end - LAST_MATCH
  if (end - from > LAST_MATCH)
    while (at <= last) {
      const word = load<u32>(at)
      const slot = slotOf(word)
      let before: usize = load<u32>(slot)
      store<u32>(slot, <u32>at)
      if (before < from || at - before > FARTHEST || load<u32>(before) !== word) {
        at += patience++ >> 5
        continue
      }
      patience = 32
      while (at > anchor && before > from && load<u8>(at - 1) === load<u8>(before - 1)) {
        at--
        before--
      }
      const stop = differs(at + SHORTEST, before + SHORTEST, end - LAST_LITERALS)
      to = lz4 ? putSequence(anchor, at, at - before, stop - at, to) : putCopy(at - before, stop - at, putLiteral(anchor, at, to))
      at = stop
      anchor = stop
      store<u32>(slotOf(load<u32>(at - 2)), <u32>(at - 2))
    }
  return lz4 ? putLiterals(anchor, end, to) : putLiteral(anchor, end, to)
}

function putLiteral(from: usize, end: usize, to: usize): usize {
  const length = end - from
  if (length === 0) return to
  const less = <u32>length - 1
  if (less < 60) store<u8>(to++, less << 2)
  else if (less < 0x100) {
    store<u8>(to, 60 << 2)
    store<u8>(to, less, 1)
    to += 2
  } else {
    store<u8>(to, 61 << 2)
    store<u16>(to, less, 1)
    to += 3
  }
  memory.copy(to, from, length)
  return to + length
}

function putCopy(distance: usize, length: usize, to: usize): usize {
  while (length >= 68) {
    to = putCopyOf(distance, 64, to)
    length -= 64
  }
  if (length > 64) {
    to = putCopyOf(distance, 60, to)
    length -= 60
  }
  return putCopyOf(distance, length, to)
}

// @ts-ignore: decorator
@inline
function putCopyOf(distance: usize, length: usize, to: usize): usize {
  if (length < 12 && distance < 2048) {
    store<u8>(to, 1 | ((length - 4) << 2) | ((distance >> 8) << 5))
    store<u8>(to, distance, 1)
    return to + 2
  }
  store<u8>(to, 2 | ((length - 1) << 2))
  store<u16>(to, <u16>distance, 1)
  return to + 3
}

function putSequence(from: usize, end: usize, distance: usize, match: usize, to: usize): usize {
  const token = to
  to = putLiterals(from, end, to)
  store<u16>(to, <u16>distance)
  to += 2
  const more = match - SHORTEST
  if (more < 15) store<u8>(token, load<u8>(token) | more)
  else {
    store<u8>(token, load<u8>(token) | 15)
    to = putLength(more - 15, to)
  }
  return to
}

function putLiterals(from: usize, end: usize, to: usize): usize {
  const length = end - from
  store<u8>(to, (length < 15 ? length : 15) << 4)
  to++
  if (length >= 15) to = putLength(length - 15, to)
  memory.copy(to, from, length)
  return to + length
}

function putLength(rest: usize, to: usize): usize {
  for (; rest >= 255; rest -= 255) store<u8>(to++, 255)
  store<u8>(to, rest)
  return to + 1
}

/** A frame of lz4 of independent blocks at `to`; returns its length. */
export function lz4(from: usize, length: u32, to: usize): u32 {
  memory.fill(SEEN, 0, 4 << SEEN_LOG)
  const start = to
  // Magic number, independent blocks, 256 KiB each at most, and the second byte of the xxHash-32 of these two.
  store<u32>(to, 0x184d2204)
  store<u8>(to, 0x60, 4)
  store<u8>(to, 0x50, 5)
  store<u8>(to, LZ4_CHECK, 6)
  to += 7
  const end = from + length
  for (; from < end; from += LZ4_BLOCK) {
    const size: u32 = min<u32>(LZ4_BLOCK, <u32>(end - from))
    const packed = <u32>(putBlock(from, from + size, to + 4, true) - to - 4)
    if (packed < size) {
      store<u32>(to, packed)
      to += 4 + packed
    } else {
      store<u32>(to, size | 0x80000000)
      memory.copy(to + 4, from, size)
      to += 4 + size
    }
  }
  store<u32>(to, 0)
  return <u32>(to + 4 - start)
}

const LZ4_CHECK: u8 = 0xfb

/** Snappy in the frames of its Java library (https://github.com/xerial/snappy-java), which Kafka's clients read; returns the length. */
export function snappy(from: usize, length: u32, to: usize): u32 {
  memory.fill(SEEN, 0, 4 << SEEN_LOG)
  const start = to
  // 0x82 "SNAPPY" 0, then the version and the oldest one that can read it, high bytes first.
  store<u64>(to, 0x0059505041_4e5382)
  store<u32>(to, 0x01000000, 8)
  store<u32>(to, 0x01000000, 12)
  to += 16
  const end = from + length
  for (; from < end; from += SNAPPY_BLOCK) {
    const size: u32 = min<u32>(SNAPPY_BLOCK, <u32>(end - from))
    let at = to + 4
    for (let rest = size; ; rest >>= 7) {
      store<u8>(at++, rest < 0x80 ? rest : (rest & 0x7f) | 0x80)
      if (rest < 0x80) break
    }
    at = putBlock(from, from + size, at, false)
    store<u32>(to, bswap<u32>(<u32>(at - to - 4)))
    to = at
  }
  return <u32>(to - start)
}

/** What repeats itself is copied as it arises. */
// @ts-ignore: decorator
@inline
function repeat(to: usize, distance: usize, length: usize): void {
  if (distance >= length) memory.copy(to, to - distance, length)
  else for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(to - distance + i))
}

/** One block of lz4, whose matches reach back to `floor`; returns where it ends, 0 where it is damaged. */
export function unLz4(from: usize, length: u32, to: usize, room: u32, floor: usize): usize {
  const end = from + length
  const most = to + room
  while (from < end) {
    const token = load<u8>(from++)
    let literals: usize = token >> 4
    if (literals === 15)
      for (;;) {
        if (from >= end) return 0
        const more = load<u8>(from++)
        literals += more
        if (more !== 255) break
      }
    if (literals > end - from || literals > most - to) return 0
    memory.copy(to, from, literals)
    to += literals
    from += literals
    if (from === end) return to
    if (end - from < 2) return 0
    const distance: usize = load<u16>(from)
    from += 2
    let match: usize = token & 15
    if (match === 15)
      for (;;) {
        if (from >= end) return 0
        const more = load<u8>(from++)
        match += more
        if (more !== 255) break
      }
    match += SHORTEST
    if (distance === 0 || distance > to - floor || match > most - to) return 0
    repeat(to, distance, match)
    to += match
  }
  return 0
}

/** One block of snappy behind its length; returns where it ends, 0 where it is damaged. */
export function unSnappy(from: usize, length: u32, to: usize, room: u32): usize {
  const end = from + length
  const start = to
  const most = to + room
  while (from < end) {
    const tag = load<u8>(from++)
    const kind = tag & 3
    if (kind === 0) {
      let literals: usize = tag >> 2
      if (literals >= 60) {
        const digits: usize = literals - 59
        if (digits > end - from) return 0
        literals = 0
        for (let i: usize = 0; i < digits; i++) literals |= <usize>load<u8>(from + i) << (8 * i)
        from += digits
      }
      literals++
      if (literals === 0 || literals > end - from || literals > most - to) return 0
      memory.copy(to, from, literals)
      to += literals
      from += literals
      continue
    }
    const digits: usize = kind === 3 ? 4 : kind
    if (digits > end - from) return 0
    const distance: usize =
      kind === 1 ? (<usize>(tag >> 5) << 8) | load<u8>(from) : kind === 2 ? load<u16>(from) : load<u32>(from)
    const match: usize = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    from += digits
    if (distance === 0 || distance > to - start || match > most - to) return 0
    repeat(to, distance, match)
    to += match
  }
  return to
}
