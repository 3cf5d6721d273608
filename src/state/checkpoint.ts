// Stage 7, checkpoint: the durable map from file id to identity, committed offset and what continues it.

import type { TrackedFile } from '../files/tracked-file.ts'
import { readBirth } from './birth-record.ts'
import type { Birth } from './births.ts'
import { type FileRecord, fromRecord, toRecord } from './file-record.ts'
import type { StateFolder } from './folder.ts'
import { type Journal, type JournalOptions, openJournal, type Recovery } from './journal.ts'
import type { SessionRecord } from './session.ts'

export type CheckpointRecord =
  | { readonly file: FileRecord }
  | { readonly forgotten: string }
  | { readonly session: SessionRecord }
  | { readonly looked: number }

/** One whose birth is known from the births is not parsed for it a second time: that would be half of all text. */
type LoadedRecord = CheckpointRecord | { readonly birth: Birth; readonly rest: Omit<FileRecord, 'birth'> }

/** As `toRecord` writes them: nothing within a birth, and no text, looks like its end. */
const BIRTH = '{"file":{"birth":{"id":"'
const BIRTH_END = /\},"(?:path|life)":/

/** What the births hold of a file is not kept a second time, unless it is of an older generation and does not know the partition yet. */
function birthIn({ birth }: FileRecord, birthOf: (id: string) => Birth | undefined): Birth {
  const known = birthOf(birth.id)
  return known === undefined || (known.partition === null && birth.partition !== null) ? readBirth(birth) : known
}

function parse(json: string, birthOf: (id: string) => Birth | undefined): LoadedRecord {
  if (!json.startsWith(BIRTH)) return JSON.parse(json) as CheckpointRecord
  const birth = birthOf(json.slice(BIRTH.length, BIRTH.length + ID_LENGTH))
  // One from an older generation may not know the partition that the record does.
  if (birth === undefined || birth.partition === null) return JSON.parse(json) as CheckpointRecord
  const end = json.search(BIRTH_END)
  if (end < 0) return JSON.parse(json) as CheckpointRecord
  // Without the brace that closes `file`.
  return { birth, rest: JSON.parse(`{${json.slice(end + 2, -1)}`) as Omit<FileRecord, 'birth'> }
}

export interface Loaded {
  readonly files: ReadonlyMap<string, TrackedFile>
  readonly session: SessionRecord | null
  /** When the paths were last looked at, milliseconds since the epoch. */
  readonly looked: number | null
}

/** What a checkpoint is asked to hold. */
export interface LiveState {
  readonly files: () => Iterable<TrackedFile>
  readonly session: () => SessionRecord
  readonly looked: () => number | null
}

/** Version 1 left nothing out of a file's record. */
export const CHECKPOINT = { name: 'checkpoint', format: 'pannier-checkpoint', version: 2 } as const

/** Bytes of a usual record, for deciding when the journal has outgrown what lives in it. */
const RECORD_BYTES = 600
/** Hex digits of a file id. */
const ID_LENGTH = 32

export class Checkpoint {
  readonly #journal: Journal<CheckpointRecord>
  readonly #live: LiveState

  private constructor(journal: Journal<CheckpointRecord>, live: LiveState) {
    this.#journal = journal
    this.#live = live
  }

  /** What is read becomes a file at once: a hundred thousand records beside their files would double what a start takes. */
  static async open(
    folder: StateFolder,
    live: LiveState,
    birthOf: (id: string) => Birth | undefined = () => undefined,
  ): Promise<{ checkpoint: Checkpoint; loaded: Loaded; recovery: Recovery }> {
    const files = new Map<string, TrackedFile>()
    let session: SessionRecord | null = null
    let looked: number | null = null
    const apply = (record: LoadedRecord): void => {
      if ('rest' in record) files.set(record.birth.id, fromRecord(record.rest, record.birth))
      else if ('file' in record) files.set(record.file.birth.id, fromRecord(record.file, birthIn(record.file, birthOf)))
      else if ('session' in record) session = record.session
      else if ('looked' in record) looked = record.looked
      else files.delete(record.forgotten)
    }
    const reset = (): void => {
      files.clear()
      session = null
      looked = null
    }
    const { journal, recovery } = await openJournal(folder, optionsOf(live, birthOf), apply, reset)
    return { checkpoint: new Checkpoint(journal, live), loaded: { files, session, looked }, recovery }
  }

  /** One durable write for what moved, none when nothing did. Rejects with a PannierError; the files stay dirty then. */
  async commit(
    moved: readonly TrackedFile[],
    session: SessionRecord | null,
    forgotten: readonly string[] = [],
  ): Promise<void> {
    if (moved.length === 0 && forgotten.length === 0 && session === null) return
    try {
      if (this.#journal.mustBegin && forgotten.length === 0) await this.#begin(moved)
      else await this.#journal.commit(records(moved, session, forgotten, this.#live.looked()))
    } catch (error) {
      for (const file of moved) file.dirty = true
      throw error
    }
  }

  /** All that moved is among what lives: at the first start of an agent with many files it would be written twice. */
  async #begin(moved: readonly TrackedFile[]): Promise<void> {
    for (const file of moved) file.dirty = false
    await this.#journal.compact(snapshot(this.#live))
  }

  /** Begins a new generation once the journal is much larger than what lives in it. */
  async compactIfLarge(files: number): Promise<void> {
    if (this.#journal.shouldCompact(files * RECORD_BYTES)) await this.#journal.compact(snapshot(this.#live))
  }

  /** See `Journal.mend`. */
  mend(): Promise<string | null> {
    return this.#journal.mend()
  }

  close(): Promise<void> {
    return this.#journal.close()
  }
}

/** Made here, since a closure of where the records are read would hold them for as long as the journal lives. */
const optionsOf = (live: LiveState, birthOf: (id: string) => Birth | undefined): JournalOptions<LoadedRecord> => ({
  ...CHECKPOINT,
  snapshot: () => snapshot(live),
  parse: (json) => parse(json, birthOf),
})

function* records(
  moved: readonly TrackedFile[],
  session: SessionRecord | null,
  forgotten: readonly string[],
  looked: number | null,
): Generator<CheckpointRecord> {
  for (const file of moved) {
    const record = toRecord(file)
    // Acks that come while the disk is busy make a file dirty again; those of before are in the record.
    file.dirty = false
    yield { file: record }
  }
  for (const id of forgotten) yield { forgotten: id }
  if (session !== null) yield { session }
  // Only with what is written anyway: an idle round writes nothing, and a time that is too old does no harm.
  if (looked !== null) yield { looked }
}

function* snapshot(live: LiveState): Iterable<CheckpointRecord> {
  yield { session: live.session() }
  const looked = live.looked()
  if (looked !== null) yield { looked }
  for (const file of live.files()) yield { file: toRecord(file) }
}
