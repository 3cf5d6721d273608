// Births: what is fixed about a file when it is first seen. Append-only and durable before the first message that names it,
// so that an older checkpoint re-ships a file, but never renames it.

import type { Identity } from '../files/identity.ts'
import { readBirth, type StoredBirth, storeBirth } from './birth-record.ts'
import type { StateFolder } from './folder.ts'
import { type Journal, openJournal, type Recovery } from './journal.ts'

export interface Birth {
  /** 32 lower-case hex digits. */
  readonly id: string
  readonly input: string
  /** The path when it was first seen: the messages' `filename` and key. */
  readonly path: string
  /** Where it lay then, links followed, if that is another path: renames are sought there. */
  readonly place?: string
  /** The topic, in which only a date may still be open. */
  readonly topic: string
  /** Null until the topic's partitions are known, and with `partitioner = round_robin`. */
  readonly partition: number | null
  /** Offset at which shipping begins: 0, or the last line end with `start_at = end`. */
  readonly start: number
  /** Size of the file that was truncated on this inode: so many NULs at the start, or more, are a hole. */
  readonly hole?: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What it was like then. */
  readonly identity: Omit<Identity, 'packed'>
  /** Where it was born inside a `.gz`. */
  readonly form?: 'gzip'
  /** File id of what it is a copy of; then it starts at its end. */
  readonly copyOf?: string
}

/** `input`: its `start_at` was applied. `birth` with an id that is known replaces the earlier one (a partition was added). */
export type BirthRecord = { readonly birth: StoredBirth } | { readonly input: string } | { readonly forgotten: string }

export const BIRTHS = { name: 'births', format: 'pannier-births', version: 1 } as const

export class Births {
  readonly #known = new Map<string, Birth>()
  readonly #inputs = new Set<string>()
  #journal!: Journal<BirthRecord>
  /** Told of each birth that is added. */
  added: (id: string) => void = () => {}

  static async open(folder: StateFolder): Promise<{ births: Births; recovery: Recovery }> {
    const births = new Births()
    const options = { ...BIRTHS, snapshot: () => births.#records() }
    const { journal, recovery } = await openJournal<BirthRecord>(
      folder,
      options,
      (record) => births.#apply(record),
      () => births.#reset(),
    )
    births.#journal = journal
    return { births, recovery }
  }

  get all(): Iterable<Birth> {
    return this.#known.values()
  }

  get(id: string): Birth | undefined {
    return this.#known.get(id)
  }

  /** When the first one was seen that is still known, milliseconds since the epoch; null without any. */
  get earliest(): number | null {
    let earliest: number | null = null
    for (const { at } of this.#known.values()) earliest = Math.min(earliest ?? at, at)
    return earliest
  }

  /** Names of inputs whose very first start lies behind us. */
  get inputs(): ReadonlySet<string> {
    return this.#inputs
  }

  /** Whether the input's very first start lies behind us. */
  knowsInput(name: string): boolean {
    return this.#inputs.has(name)
  }

  /** Durable when it resolves; nothing is written for nothing. On a rejection nothing is known either. */
  async add(births: readonly Birth[], inputs: readonly string[] = []): Promise<void> {
    const records: BirthRecord[] = [
      ...inputs.map((input) => ({ input })),
      ...births.map((birth) => ({ birth: storeBirth(birth) })),
    ]
    if (records.length === 0) return
    await this.#journal.commit(records)
    for (const input of inputs) this.#inputs.add(input)
    for (const birth of births) {
      this.#known.set(birth.id, birth)
      this.added(birth.id)
    }
  }

  async forget(ids: readonly string[]): Promise<void> {
    const records = ids.map((forgotten) => ({ forgotten }))
    await this.#journal.commit(records)
    for (const record of records) this.#apply(record)
    if (this.#journal.shouldCompact(this.#known.size * 300)) await this.#journal.compact(this.#records())
  }

  /** See `Journal.mend`. */
  mend(): Promise<string | null> {
    return this.#journal.mend()
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  #reset(): void {
    this.#known.clear()
    this.#inputs.clear()
  }

  #apply(record: BirthRecord): void {
    if ('birth' in record) this.#known.set(record.birth.id, readBirth(record.birth))
    else if ('input' in record) this.#inputs.add(record.input)
    else this.#known.delete(record.forgotten)
  }

  *#records(): Iterable<BirthRecord> {
    for (const input of this.#inputs) yield { input }
    for (const birth of this.#known.values()) yield { birth: storeBirth(birth) }
  }
}
