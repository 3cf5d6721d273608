// Where lines end in the bytes of a file. In UTF-16 a line end has two bytes, and only where they are one unit, counted from the file's start. Pure.

const LF = 0x0a
const CR = 0x0d

/** All offsets in `bytes` are counted from its first byte, which stands at `offset` in the file. */
export interface LineEnds {
  /** Bytes of a unit, and so of a line end. */
  readonly unit: 1 | 2
  /** Where the first line end at or behind `from` is over; 0 where there is none. */
  after(bytes: Buffer, from: number, offset: number): number
  /** Where the last line end in front of `to` is over; 0 where there is none. */
  before(bytes: Buffer, to: number, offset: number): number
  count(bytes: Buffer, offset: number): number
  /** Length of a line without its line end: LF, or CR and LF. */
  bare(bytes: Buffer, offset: number): number
}

export const byteLines: LineEnds = {
  unit: 1,
  after: (bytes, from) => bytes.indexOf(LF, from) + 1,
  before: (bytes, to) => (to === 0 ? 0 : bytes.lastIndexOf(LF, to - 1) + 1),
  count(bytes) {
    let lines = 0
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++
    return lines
  },
  bare(bytes) {
    if (bytes.at(-1) !== LF) return bytes.length
    return bytes.at(-2) === CR ? bytes.length - 2 : bytes.length - 1
  },
}

function wideLines(lineEnd: Buffer): LineEnds {
  const carriageReturn = lineEnd[0] === 0 ? CR << 8 : CR
  const after = (bytes: Buffer, from: number, offset: number): number => {
    for (let at = bytes.indexOf(lineEnd, from); at >= 0; at = bytes.indexOf(lineEnd, at + 1))
      if ((offset + at) % 2 === 0) return at + 2
    return 0
  }
  return {
    unit: 2,
    after,
    before(bytes, to, offset) {
      for (let end = to; end >= 2; ) {
        const at = bytes.lastIndexOf(lineEnd, end - 2)
        if (at < 0) return 0
        if ((offset + at) % 2 === 0) return at + 2
        end = at + 1
      }
      return 0
    },
    count(bytes, offset) {
      let lines = 0
      for (let at = after(bytes, 0, offset); at > 0; at = after(bytes, at, offset)) lines++
      return lines
    },
    bare(bytes, offset) {
      const length = bytes.length - 2
      if (length < 0 || (offset + length) % 2 !== 0 || !bytes.subarray(length).equals(lineEnd)) return bytes.length
      const isReturn = length >= 2 && bytes.readUInt16LE(length - 2) === carriageReturn
      return isReturn ? length - 2 : length
    },
  }
}

const littleEndian = wideLines(Buffer.from([LF, 0]))
const bigEndian = wideLines(Buffer.from([0, LF]))

/** Of a charset as messages name it; they say nothing where it is UTF-8. */
export const lineEndsOf = (charset: string | undefined): LineEnds =>
  charset === 'utf-16le' ? littleEndian : charset === 'utf-16be' ? bigEndian : byteLines
