// From the checkpoint topic to the state folder: at the start Kafka's word holds, and the folder is written anew from it.

import { readBirth } from './birth-record.ts'
import { type BirthRecord, Births } from './births.ts'
import { CHECKPOINT, type CheckpointRecord } from './checkpoint.ts'
import { DEAD_LETTERS } from './dead-letter.ts'
import type { StateFolder } from './folder.ts'
import { openJournal } from './journal.ts'
import { isLetter, lettersIn } from './ledger-letters.ts'

/** Keys in the checkpoint topic; a file's is its id. */
export const SESSION = 'session'
export const LOOKED = 'looked'
export const INPUT = 'input/'

type LedgerRecord = BirthRecord | CheckpointRecord

/** Of what births and checkpoint are called, whatever generation. */
const JOURNALS = /^(?:births|checkpoint)(?:\.previous|\.next)?$/

/** @param values of the checkpoint topic, by key. Rejects with a PannierError. */
export async function adoptLedger(folder: StateFolder, values: ReadonlyMap<string, string>): Promise<void> {
  for (const name of await folder.list()) if (JOURNALS.test(name)) await folder.remove(name)
  const files: CheckpointRecord[] = []
  const births = []
  const inputs: string[] = []
  for (const [key, value] of values) {
    if (isLetter(key)) continue
    const record = JSON.parse(value) as LedgerRecord
    if ('birth' in record) births.push(readBirth(record.birth))
    else if ('input' in record) inputs.push(record.input)
    else if ('file' in record || 'session' in record || 'looked' in record) files.push(record)
    if ('file' in record) births.push(readBirth(record.file.birth))
  }
  await adoptLetters(folder, values)
  const opened = await Births.open(folder)
  await opened.births.add(births, inputs)
  await opened.births.close()
  const { journal } = await openJournal<CheckpointRecord>(
    folder,
    { ...CHECKPOINT, snapshot: () => files },
    () => {},
    () => {},
  )
  await journal.compact(files)
  await journal.close()
}

/** A folder that has letters knows more than the topic: which of them were dealt with. */
async function adoptLetters(folder: StateFolder, values: ReadonlyMap<string, string>): Promise<void> {
  const lines = lettersIn(values)
  if (lines.length === 0 || (await folder.list()).includes(DEAD_LETTERS)) return
  await folder.replace(DEAD_LETTERS, Buffer.from(lines.map((line) => `${line}\n`).join('')))
}
