// The birth of a file: what is fixed when it is first seen, made durable before the first message that names it.

import type { Birth } from '../state/births.ts'
import { type Disk, inodeKey, type OpenFile } from './disk.ts'
import { lastLineEnd, positionAt } from './evidence.ts'
import { fileCharset } from './file-charset.ts'
import { newHole } from './hole.ts'
import { type Position, START } from './position.ts'
import type { NewFile } from './sight.ts'
import { TrackedFile } from './tracked-file.ts'

export interface BirthFacts {
  /** 128 random bits, 32 lower-case hex digits. */
  readonly id: string
  readonly topic: string
  readonly partition: number | null
  /** `start_at` applies: the input starts for the very first time. */
  readonly inputIsNew: boolean
  /** Wall clock, milliseconds. */
  readonly now: number
  /** Size of the file that was truncated on this inode; 0: none was. */
  readonly hole: number
}

export interface Newborn {
  readonly birth: Birth
  readonly from: NewFile
  readonly start: Position
}

/** Rejects with the system's error when the file cannot be read. */
export async function bear(found: NewFile, facts: BirthFacts, disk: Disk): Promise<Newborn> {
  const { candidate, stat, head } = found
  const start = await startOf(found, facts.inputIsNew, disk)
  const birth: Birth = {
    id: facts.id,
    input: candidate.input.name,
    path: candidate.path,
    ...(found.place === candidate.path ? {} : { place: found.place }),
    topic: facts.topic,
    partition: facts.partition,
    start: start.offset,
    ...(facts.hole > 0 && start.offset === 0 ? { hole: facts.hole } : {}),
    at: facts.now,
    identity: { dev: stat.dev, ino: stat.ino, birth: stat.birth, head },
    ...(found.gzip === null ? {} : { form: 'gzip' }),
    ...(found.copyOf === null ? {} : { copyOf: found.copyOf }),
  }
  return { birth, from: found, start }
}

async function startOf(
  { candidate, handle, place, stat, copyOf, gzip }: NewFile,
  isFirst: boolean,
  disk: Disk,
): Promise<Position> {
  const { startAt, charset } = candidate.input
  const atEnd = async (opened: OpenFile, size: number): Promise<Position> =>
    lastLineEnd(opened, size, (await fileCharset(charset, opened)).ends)
  const position = copyOf !== null ? positionAt : isFirst && startAt === 'end' ? atEnd : null
  if (position === null) return START
  // It is complete: nothing will finish its last line.
  if (gzip !== null) return gzip.end
  if (handle !== null) return position(handle, stat.size)
  const opened = await disk.open(place)
  try {
    if (inodeKey(await opened.stat()) === inodeKey(stat)) return await position(opened, stat.size)
    // Renamed since the look: where its last line ends is not known any more, so that it is shipped from its start.
    if (copyOf === null) return START
    throw new Error('it was renamed while it was looked at')
  } finally {
    await opened.close()
  }
}

/** The file as it is tracked from now on. `session` books what `start_at = end` leaves out. */
export function raise({ birth, from, start }: Newborn, session: string, monotonic: number): TrackedFile {
  const { stat, gzip } = from
  const identity = gzip === null ? birth.identity : { ...birth.identity, packed: gzip.packed }
  const hole = birth.hole === undefined ? null : newHole(birth.hole)
  const file = new TrackedFile({
    birth,
    identity,
    path: from.place,
    size: stat.size,
    settled: start,
    life: from.life,
    hole,
  })
  file.totals.filtered = start.offset
  if (start.offset > 0) file.book(session).filtered += start.offset
  file.looked(stat)
  file.fresh = from.fresh
  const { mode, spoolQuiet } = from.candidate.input
  // What a spool gives is finished, also without a line end.
  file.changedAt = mode === 'spool' ? monotonic - spoolQuiet : monotonic
  file.dirty = true
  return file
}
