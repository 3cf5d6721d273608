// Whether a file has anything to say but an end that waits: for the rest of a line, or of an event.

import { isLess, type Patience } from '../lines/patience.ts'
import type { TrackedFile } from './tracked-file.ts'

/** All that is unread waits, and goes on waiting with this patience. */
export const isStalled = ({ stalledAt, stalledWith, size }: TrackedFile, patience: Patience): boolean =>
  stalledAt === size && !isLess(stalledWith, patience)

/** Found so when so much of its end was to be shipped. */
export function stall(file: TrackedFile, patience: Patience): void {
  file.stalledAt = file.size
  file.stalledWith = patience
}
