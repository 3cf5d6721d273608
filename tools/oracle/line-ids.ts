/** Finds the ids that the writer put into its lines, `TAG SEQ FILLER` with ten digits, in pieces of the files. */

export type OnLine = (tag: string, seq: number) => void

const digits = 10
/** Enough of a line that a message left unfinished to hold its id. */
const idLimit = 256
const newline = 0x0a
const space = 0x20

interface Unfinished {
  readonly start: number
  readonly end: number
  readonly head: Buffer
}

export class LineIds {
  /** Lines that carry no id, or whose beginning never came. */
  unreadable = 0
  readonly #unfinished = new Map<string, Unfinished>()
  readonly #onLine: OnLine

  constructor(onLine: OnLine) {
    this.#onLine = onLine
  }

  /** `bytes` is what stands at `offset` of the file; a line may go on in the next piece of it. */
  feed(file: string, offset: number, bytes: Buffer): void {
    const before = this.#unfinished.get(file)
    // A piece may come again, or from the middle of what came: the line's head is what stands before it.
    const goesOn = before !== undefined && offset > before.start && offset <= before.end
    const head = goesOn ? before.head.subarray(0, offset - before.start) : Buffer.alloc(0)
    this.#unfinished.delete(file)
    let start = 0
    let end = bytes.indexOf(newline)
    if (head.length > 0 && end >= 0) {
      this.#line(Buffer.concat([head, bytes.subarray(0, Math.min(end, idLimit))]))
      start = end + 1
      end = bytes.indexOf(newline, start)
    }
    for (; end >= 0; end = bytes.indexOf(newline, start)) {
      this.#line(bytes.subarray(start, end))
      start = end + 1
    }
    if (start < bytes.length) {
      const rest = Buffer.concat([start === 0 ? head : Buffer.alloc(0), bytes.subarray(start, start + idLimit)])
      const lineStart = start === 0 && goesOn ? before.start : offset + start
      this.#unfinished.set(file, { start: lineStart, end: offset + bytes.length, head: rest.subarray(0, idLimit) })
    }
  }

  #line(line: Buffer): void {
    const tagEnd = line.indexOf(space)
    const seq = tagEnd > 0 && tagEnd < idLimit ? sequenceAt(line, tagEnd + 1) : -1
    if (seq < 0) this.unreadable++
    else this.#onLine(line.toString('latin1', 0, tagEnd), seq)
  }
}

/** The number in the ten digits at `at`, or -1. */
function sequenceAt(line: Buffer, at: number): number {
  let seq = 0
  for (let i = at; i < at + digits; i++) {
    const digit = (line[i] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return -1
    seq = seq * 10 + digit
  }
  return (line[at + digits] ?? space) === space ? seq : -1
}
