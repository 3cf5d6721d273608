// The checkpoint topic as the agent keeps it: which records changed, and what they say once the messages of a transaction are visible.

import type { KeyedRecord, Page, Produced, TransactionBooks } from '../deliver/transaction.ts'
import type { Catalogue } from '../files/catalogue.ts'
import { foresee, type Settling } from '../files/foresee.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Chunk } from '../lines/chunk.ts'
import { storeBirth } from './birth-record.ts'
import type { Births } from './births.ts'
import { toRecord } from './file-record.ts'
import { letterRecords } from './ledger-letters.ts'
import { INPUT, LOOKED, SESSION } from './ledger-records.ts'
import type { SessionRecord } from './session.ts'

export interface LedgerParts {
  readonly catalogue: Pick<Catalogue, 'get'>
  readonly births: Pick<Births, 'get' | 'inputs'>
  readonly session: () => SessionRecord
  readonly looked: () => number | null
  /** Wakes the round. */
  readonly ring: () => void
}

/** Files; each takes some hundred bytes. */
const REMEMBERED = 1_000

export class Ledger implements TransactionBooks {
  readonly ring: () => void
  readonly #parts: LedgerParts
  /** File ids whose record may have changed. */
  #changed = new Set<string>()
  /** What the topic holds of the files of the last transactions: an ack makes them dirty, and says nothing new. */
  readonly #last = new Map<string, string>()
  /** Dead letters that are not in the topic yet. */
  #letters: readonly KeyedRecord[] = []
  #session: string | null = null
  #inputs = new Set<string>()

  constructor(parts: LedgerParts) {
    this.#parts = parts
    this.ring = parts.ring
  }

  /** Something about the file, or its birth, is to be written; or that it is forgotten. */
  note(id: string): void {
    const last = this.#last.get(id)
    if (last === undefined || last !== this.#valueOf(id)) this.#changed.add(id)
  }

  /** In the same moment in which its bytes are settled: what tells of them and the letter go into one transaction. */
  keep(letter: { readonly file_id: string; readonly offset: number }, now: number): void {
    this.note(letter.file_id)
    this.#letters = [...this.#letters, ...letterRecords(letter, now)]
  }

  get hasNews(): boolean {
    return this.#changed.size > 0 || this.#sessionNow() !== this.#session || this.#newInputs().length > 0
  }

  page(produced: readonly Produced[]): Page {
    const settlings = settlingsOf(produced)
    const changed = this.#changed
    this.#changed = new Set()
    const settles = new Set<Chunk>()
    const values = new Map<string, string | null>()
    for (const [file, chunks] of settlings) {
      const then = foresee(file, chunks)
      for (const chunk of chunks.keys()) if (then.settled.offset >= chunk.after.offset) settles.add(chunk)
      values.set(file.id, JSON.stringify({ file: toRecord(then) }))
    }
    for (const id of changed) if (!values.has(id)) values.set(id, this.#valueOf(id))
    for (const [id, value] of values) if (value !== null && this.#last.get(id) === value) values.delete(id)
    const session = this.#sessionNow()
    const inputs = this.#newInputs()
    const letters = this.#letters
    this.#letters = []
    const records = [...letters, ...[...values].map(([key, value]) => ({ key, value }))]
    if (session !== this.#session)
      records.push({ key: SESSION, value: JSON.stringify({ session: JSON.parse(session) }) })
    for (const input of inputs) records.push({ key: INPUT + input, value: JSON.stringify({ input }) })
    const looked = this.#parts.looked()
    if (records.length > 0 && looked !== null) records.push({ key: LOOKED, value: JSON.stringify({ looked }) })
    return {
      records,
      settles,
      committed: () => {
        for (const [file, chunks] of settlings)
          for (const [chunk, { account, first }] of chunks) file.settle(chunk, account, first)
        this.#session = session
        for (const input of inputs) this.#inputs.add(input)
        if (this.#last.size > REMEMBERED) this.#last.clear()
        for (const [id, value] of values) if (value !== null) this.#last.set(id, value)
      },
      aborted: () => {
        for (const id of changed) this.#changed.add(id)
        this.#letters = [...letters, ...this.#letters]
      },
    }
  }

  #valueOf(id: string): string | null {
    const { catalogue, births } = this.#parts
    const file = catalogue.get(id)
    if (file !== undefined) return JSON.stringify({ file: toRecord(file) })
    const birth = births.get(id)
    return birth === undefined ? null : JSON.stringify({ birth: storeBirth(birth) })
  }

  #sessionNow(): string {
    return JSON.stringify(this.#parts.session())
  }

  #newInputs(): string[] {
    return [...this.#parts.births.inputs].filter((input) => !this.#inputs.has(input))
  }
}

function settlingsOf(produced: readonly Produced[]): Map<TrackedFile, Map<Chunk, Settling>> {
  const settlings = new Map<TrackedFile, Map<Chunk, Settling>>()
  for (const { batch, firstOffset } of produced)
    for (const chunk of batch.chunks) {
      const ofFile = settlings.get(chunk.file) ?? new Map<Chunk, Settling>()
      settlings.set(chunk.file, ofFile.set(chunk, { account: 'shipped', first: firstOffset + chunk.firstRecord }))
    }
  return settlings
}
