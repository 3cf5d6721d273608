/** The state as it was last written, for a look from outside: also beside a running agent, and nothing on disk is touched. */
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Clock } from '../support/clock.ts'
import { readBirth } from './birth-record.ts'
import { BIRTHS, type BirthRecord } from './births.ts'
import { CHECKPOINT, type CheckpointRecord } from './checkpoint.ts'
import { fromBirth, fromRecord } from './file-record.ts'
import type { StateFolder } from './folder.ts'
import { copyOfStateFolder } from './folder-copy.ts'
import { type JournalFiles, type Recovery, recover } from './journal-recover.ts'
import { eachRecord } from './journal-scan.ts'
import type { SessionRecord } from './session.ts'

export interface ReadState {
  /** In the order of their births, as far as that is known. */
  readonly files: readonly TrackedFile[]
  /** Null before the first checkpoint. */
  readonly session: SessionRecord | null
  /** When the paths were last looked at, as far as that was written; milliseconds since the epoch. */
  readonly looked: number | null
  /** What is damaged and would be put aside by the next start of the agent. */
  readonly damage: readonly string[]
}

/** A running agent renames a generation into place within a moment. Milliseconds. */
const LOOK_AGAIN_MS = 100
const LOOKS = 5

/** Rejects with a PannierError where the folder cannot be read, or a newer version wrote it. A folder that is absent is empty. */
export async function readState(stateDir: string, clock: Clock): Promise<ReadState> {
  for (let look = 1; ; look++) {
    const state = await readOnce(stateDir)
    if (state.damage.length === 0 || look === LOOKS) return state
    await clock.wait(LOOK_AGAIN_MS)
  }
}

/** The checkpoint comes first: what is born or forgotten between the two reads is then known by one of them, as it is. */
async function readOnce(stateDir: string): Promise<ReadState> {
  const folder = copyOfStateFolder(stateDir)
  const saved = await latest(folder, CHECKPOINT, () => true)
  // A checkpoint record holds its birth in full.
  const born = await latest(folder, BIRTHS, (id) => !saved.ids.has(id))
  const { session } = saved
  const files: TrackedFile[] = []
  for (const record of born.records())
    if ('birth' in record) files.push(fromBirth(readBirth(record.birth), session?.current.id ?? ''))
  for (const record of saved.records())
    if ('file' in record) files.push(fromRecord(record.file, readBirth(record.file.birth)))
  return { files, session, looked: saved.looked, damage: [...damageOf(saved.recovery), ...damageOf(born.recovery)] }
}

type StateRecord = BirthRecord | CheckpointRecord

interface Latest {
  readonly ids: ReadonlySet<string>
  readonly session: SessionRecord | null
  readonly looked: number | null
  readonly recovery: Recovery
  /** The last one of each file id. */
  records(): Generator<StateRecord>
}

/** A journal may hold each record several times, and only the last one counts: no other is parsed. */
async function latest(folder: StateFolder, journal: JournalFiles, wants: (id: string) => boolean): Promise<Latest> {
  const { chosen, recovery } = await recover(folder, journal)
  const places = new Map<string, { from: number; to: number }>()
  const bytes = (chosen === null ? null : await folder.read(chosen.file)) ?? Buffer.alloc(0)
  const parse = (from: number, to: number): StateRecord => JSON.parse(bytes.toString('utf8', from, to)) as StateRecord
  let session: SessionRecord | null = null
  let looked: number | null = null
  const visit = (from: number, to: number): void => {
    const known = FILE_ID.exec(bytes.toString('latin1', from, Math.min(to, from + ID_WITHIN)))?.[1]
    const record = known === undefined ? parse(from, to) : null
    const id = known ?? (record === null ? null : idOf(record))
    if (id !== null) {
      if (wants(id)) places.set(id, { from, to })
    } else if (record !== null && 'forgotten' in record) places.delete(record.forgotten)
    else if (record !== null && 'session' in record) session = record.session
    else if (record !== null && 'looked' in record) looked = record.looked
  }
  if (chosen !== null) eachRecord(bytes, chosen.scan, visit)
  return {
    ids: new Set(places.keys()),
    session,
    looked,
    recovery,
    *records() {
      for (const { from, to } of places.values()) yield parse(from, to)
    },
  }
}

/** As records of births and files are written; asking the parser takes ten times as long. */
const FILE_ID = /^\{"(?:file":\{"birth|birth)":\{"id":"([0-9a-f]{32})"/
const ID_WITHIN = 64

const idOf = (record: StateRecord): string | null =>
  'file' in record ? record.file.birth.id : 'birth' in record ? record.birth.id : null

const damageOf = ({ damaged }: Recovery): string[] =>
  damaged.map(({ file, reason }) => `state file ${file} is damaged (${reason})`)
