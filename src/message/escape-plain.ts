// JSON string escaping from bytes to bytes in plain JavaScript: valid UTF-8 passes through, only `"`, `\` and control bytes grow (RFC 8259, 7).

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LF = 0x0a
const HEX = Buffer.from('0123456789abcdef')

/** Letter behind the backslash; 0: the byte is itself; 1: \u00XX. */
const LETTER = new Uint8Array(256)
LETTER.fill(1, 0, 0x20)
for (const [byte, letter] of [
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
  [8, 'b'],
  [9, 't'],
  [LF, 'n'],
  [12, 'f'],
  [13, 'r'],
] as const) {
  LETTER[byte] = letter.charCodeAt(0)
}

// Cost of a byte in the low 16 bits and, above them, 1 for a line end: one addition for each byte does both sums.
const COST = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  const letter = LETTER[byte] as number
  COST[byte] = letter === 0 ? 1 : letter === 1 ? 6 : 2
}
COST[LF] = 2 + (1 << 16)

/** Small enough that the costs of a block, at 6 bytes each, stay within their 16 bits. */
const BLOCK = 4096

export interface Escaped {
  /** Source bytes that fit. */
  readonly bytes: number
  /** What they escape to. */
  readonly encoded: number
  readonly lines: number
}

/** The longest front of `source` that escapes to at most `room` bytes. */
export function fitEscaped(source: Buffer, room: number): Escaped {
  let encoded = 0
  let lines = 0
  let bytes = 0
  while (bytes < source.length) {
    const end = Math.min(bytes + BLOCK, source.length)
    let sum = 0
    for (let i = bytes; i < end; i++) sum += COST[source[i] as number] as number
    if (encoded + (sum & 0xffff) > room) break
    encoded += sum & 0xffff
    lines += sum >>> 16
    bytes = end
  }
  for (; bytes < source.length; bytes++) {
    const cost = COST[source[bytes] as number] as number
    if (encoded + (cost & 0xffff) > room) break
    encoded += cost & 0xffff
    lines += cost >>> 16
  }
  return { bytes, encoded, lines }
}

/** Writes `source` escaped; `fit` is what `fitEscaped` said of it. Returns the position behind it. */
export function putEscaped(into: Buffer, at: number, source: Buffer, fit: Escaped): number {
  return fit.encoded - fit.bytes === fit.lines ? putLines(into, at, source) : putBytes(into, at, source)
}

/** Only line ends need escaping: whole lines are copied. */
function putLines(into: Buffer, at: number, source: Buffer): number {
  let position = at
  let start = 0
  for (let end = source.indexOf(LF); end >= 0; end = source.indexOf(LF, start)) {
    position += source.copy(into, position, start, end)
    into[position++] = BACKSLASH
    into[position++] = LETTER[LF] as number
    start = end + 1
  }
  return position + source.copy(into, position, start)
}

function putBytes(into: Buffer, at: number, source: Buffer): number {
  let position = at
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] as number
    const letter = LETTER[byte] as number
    if (letter === 0) {
      into[position++] = byte
      continue
    }
    into[position++] = BACKSLASH
    if (letter !== 1) {
      into[position++] = letter
      continue
    }
    position += into.write('u00', position, 'latin1')
    into[position++] = HEX[byte >> 4] as number
    into[position++] = HEX[byte & 15] as number
  }
  return position
}
