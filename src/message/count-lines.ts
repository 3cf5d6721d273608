// Line ends in bytes. Pure.

import type { LineEnds } from '../text/line-ends.ts'
import { vectors } from './vectors.ts'

/** In `source`, which stands at `offset` in its file. */
export function countLines(ends: LineEnds, source: Buffer, offset: number): number {
  return ends.unit === 1 && vectors !== null ? vectors.countLines(source, source.length) : ends.count(source, offset)
}
