// Takes a file back to an earlier offset in the state of an agent that does not run: planned first, then written in one commit.

import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Config } from './config/config.ts'
import { filteredWithin } from './files/accounts.ts'
import type { Disk, OpenFile } from './files/disk.ts'
import { isContinuation, lastLineEnd, positionAt } from './files/evidence.ts'
import { fileCharset } from './files/file-charset.ts'
import { bornAgain, endAtSettled, keptBelow, setBack } from './files/go-back.ts'
import { GzipFile } from './files/gzip-file.ts'
import type { Position } from './files/position.ts'
import { isCopy, statOf } from './files/sight.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { Births } from './state/births.ts'
import { Checkpoint } from './state/checkpoint.ts'
import { fromBirth } from './state/file-record.ts'
import type { StateFolder } from './state/folder.ts'
import { Sessions } from './state/session.ts'
import type { Clock } from './support/clock.ts'
import { PannierError, readable } from './support/errors.ts'
import type { LineEnds } from './text/line-ends.ts'

export interface Wish {
  readonly offset: number
  readonly sameId: boolean
  /** Of the file, as its input says; UTF-8 if it does not matter. */
  readonly charset?: string
}

export interface Plan extends Wish {
  readonly file: TrackedFile
  /** Where it lies now. */
  readonly path: string
  /** Bytes of it on disk. */
  readonly size: number
  readonly to: Position
  readonly ends: LineEnds
  /** Where the line begins that `offset` is in. */
  readonly line: number
}

/** Its bytes can be read again. */
export const canGoBack = ({ life }: TrackedFile): boolean =>
  life === 'living' || life === 'rotated' || life === 'missing' || life === 'deleted'

const COMPRESSED =
  'where a file was compressed after it had been shipped, its bytes are only in the archive, which a rewind does not read'

/** Rejects with REWIND_OFFSET for an offset that cannot be gone back to, and with REWIND_FILE for a file that cannot be read again. */
export async function plan(file: TrackedFile, wish: Wish, disk: Disk): Promise<Plan> {
  const { offset, sameId } = wish
  const { offset: committed } = file.settled
  if (offset > committed) {
    const where =
      offset > file.size ? `the ${file.size} bytes that were seen of it` : `its committed offset ${committed}`
    throw refusal(
      'REWIND_OFFSET',
      `offset ${offset} lies beyond ${where}`,
      'a rewind goes back; to skip bytes would lose them',
    )
  }
  if (!canGoBack(file)) throw refusal('REWIND_FILE', `it is ${file.life}: its bytes cannot be read again`, COMPRESSED)
  if (sameId && isCopy(file))
    throw refusal(
      'REWIND_FILE',
      'it is known as a copy of another file, under whose id its bytes were shipped',
      'without --same-id it is shipped as a file of its own',
    )
  const isJoined = [...file.sessions.values()].some(
    (book) => filteredWithin(book) > 0 && offset < (book.ranges.at(-1)?.[1] ?? 0),
  )
  if (sameId && offset > 0 && isJoined)
    throw refusal(
      'REWIND_FILE',
      'so many lines of it were filtered that the books do not say which',
      'take it back --to-start, or without --same-id',
    )
  const path = await placeOf(file, disk)
  if (path === null) throw refusal('REWIND_FILE', 'nothing leads to it any more', COMPRESSED)
  return { ...(await read(file, path, wish, disk)), file, path, offset, sameId }
}

async function read(
  file: TrackedFile,
  path: string,
  { offset, charset = 'utf-8' }: Wish,
  disk: Disk,
): Promise<Pick<Plan, 'size' | 'ends' | 'to' | 'line'>> {
  const handle = await opened(file, path, disk).catch((error: unknown) => {
    throw refusal('REWIND_FILE', `it cannot be read: ${readable(error)}`)
  })
  try {
    const { size } = await handle.stat()
    if (size < file.settled.offset || !(await isContinuation(file, handle)))
      throw refusal(
        'REWIND_FILE',
        'what it holds now is not what was shipped: it was truncated or rewritten',
        'a start of the agent takes it for a new file, and ships it from 0',
      )
    const { ends } = await fileCharset(charset, handle)
    return { size, ends, to: await positionAt(handle, offset), line: (await lastLineEnd(handle, offset, ends)).offset }
  } catch (error) {
    throw error instanceof PannierError ? error : refusal('REWIND_FILE', `it cannot be read: ${readable(error)}`)
  } finally {
    await handle.close()
  }
}

async function opened({ identity, size }: TrackedFile, path: string, disk: Disk): Promise<OpenFile> {
  const handle = await disk.open(path)
  return identity.packed === undefined ? handle : new GzipFile(handle, size)
}

/** At its path, or renamed within its folder since the agent left. */
async function placeOf(file: TrackedFile, disk: Disk): Promise<string | null> {
  if (statOf(disk, file.path, file) !== null) return file.path
  const folder = dirname(file.path)
  const names = await disk.list(folder).catch(() => [])
  return names.map((name) => join(folder, name)).find((path) => statOf(disk, path, file) !== null) ?? null
}

const refusal = (code: 'REWIND_OFFSET' | 'REWIND_FILE', says: string, hint?: string): PannierError =>
  new PannierError(`it is not rewound: ${says}`, { code, hint: hint ?? null, retriable: code === 'REWIND_FILE' })

export interface Rewound {
  readonly id: string
  /** Why the births could not be written; then the next start of the agent does that. */
  readonly later: string | null
}

/**
 * Writes what was planned into a folder that the caller has locked. One commit of the checkpoint is the moment at which it counts: before, all is as it
 * was, and after it the births can be made of it (each record holds its birth).
 */
export async function apply(
  planned: Plan,
  folder: StateFolder,
  config: Config,
  disk: Disk,
  clock: Clock,
): Promise<Rewound> {
  const { births, checkpoint, files, sessions } = await openState(folder, config, clock)
  try {
    const file = files.get(planned.file.id)
    if (file === undefined || file.settled.offset !== planned.file.settled.offset)
      throw new PannierError('the state has changed since this was previewed; nothing was written', {
        code: 'REWIND_CHANGED',
        hint: 'run it again',
        retriable: true,
      })
    file.path = planned.path
    const moved = planned.sameId
      ? [await backUnderSameId(file, planned, disk)]
      : underNewId(file, planned, sessions.current.id, clock)
    for (const one of moved) files.set(one.id, one)
    await checkpoint.commit(moved, sessions.dirty ? sessions.record : null)
    const [newest = file] = moved
    const later = planned.sameId ? null : await births.add([newest.birth]).then(() => null, readable)
    return { id: newest.id, later }
  } finally {
    await births.close()
    await checkpoint.close()
  }
}

function underNewId(file: TrackedFile, { to }: Plan, session: string, clock: Clock): TrackedFile[] {
  const fresh = bornAgain(file, to, { id: randomBytes(16).toString('hex'), now: clock.now(), session })
  endAtSettled(file)
  return [fresh, file]
}

async function backUnderSameId(file: TrackedFile, { to, path, ends }: Plan, disk: Disk): Promise<TrackedFile> {
  const handle = await opened(file, path, disk)
  try {
    setBack(file, to, await keptBelow(file, to.offset, handle, ends))
  } finally {
    await handle.close()
  }
  const { shipped, filtered, dead_lettered, abandoned } = file.totals
  if (shipped + filtered + dead_lettered + abandoned - file.cutOff === to.offset) return file
  throw new PannierError('its accounts do not add up, so it cannot be said what to take back; nothing was written', {
    code: 'REWIND_BOOKS',
    hint: 'pannier status shows them; without --same-id it can be rewound',
    retriable: true,
  })
}

interface OpenState {
  readonly births: Births
  readonly checkpoint: Checkpoint
  readonly files: Map<string, TrackedFile>
  readonly sessions: Sessions
}

async function openState(folder: StateFolder, config: Config, clock: Clock): Promise<OpenState> {
  const { births } = await Births.open(folder)
  const files = new Map<string, TrackedFile>()
  const live = { files: () => files.values(), session: () => sessions.record, looked: () => loaded.looked }
  const { checkpoint, loaded } = await Checkpoint.open(folder, live, (id) => births.get(id))
  const sessions = new Sessions(config.session, loaded.session, clock.now())
  for (const [id, file] of loaded.files) files.set(id, file)
  for (const birth of births.all) if (!files.has(birth.id)) files.set(birth.id, fromBirth(birth, sessions.current.id))
  return { births, checkpoint, files, sessions }
}
