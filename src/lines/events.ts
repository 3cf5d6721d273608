// Where events begin: lines that `multiline_start` is in. Whether a line begins one is all that is ever asked. Pure.

import type { Charset } from '../text/charset.ts'
import type { Pattern } from '../text/pattern.ts'

/** Whole lines of a file; `offset` is that of the first byte. */
export interface Lines {
  readonly bytes: Buffer
  readonly offset: number
  readonly charset: Charset
}

/** The text of `[from, to)` without the line end. */
export function textOf({ bytes, offset, charset }: Lines, from: number, to: number): string {
  const line = bytes.subarray(from, to)
  return charset.decode(line.subarray(0, charset.ends.bare(line, offset + from)))
}

export function isStart(lines: Lines, start: Pattern, at: number): boolean {
  const end = lines.charset.ends.after(lines.bytes, at, lines.offset)
  return start.isIn(textOf(lines, at, end === 0 ? lines.bytes.length : end))
}

/** The last event in front of `to`, where a line ends; 0 where none begins behind the first line. */
export function lastStart(lines: Lines, start: Pattern, to: number): number {
  const { ends } = lines.charset
  for (let end = to; end > 0; ) {
    const from = ends.before(lines.bytes, end - ends.unit, lines.offset)
    if (from === 0) return 0
    if (start.isIn(textOf(lines, from, end))) return from
    end = from
  }
  return 0
}

/** Where the event that begins at `from`, or goes on there, ends: at most behind all lines. */
export function eventEnd(lines: Lines, start: Pattern | null, from: number): number {
  const { bytes, offset, charset } = lines
  let end = charset.ends.after(bytes, from, offset)
  if (start === null) return end
  while (end < bytes.length) {
    const next = charset.ends.after(bytes, end, offset)
    if (start.isIn(textOf(lines, end, next))) break
    end = next
  }
  return end
}
