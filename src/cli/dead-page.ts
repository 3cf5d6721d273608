// What `dead list` says: a line or two for each letter, or all of them as one JSON document.

import type { Letter } from '../dead/letters.ts'
import { count } from './finding.ts'
import { printable } from './printable.ts'

const ID_DIGITS = 8

/** `a1b2c3d4@1024`: which letter is meant, for `--file` and `--offset`. */
export const nameOf = ({ head, offset }: Letter): string => `${head.file_id.slice(0, ID_DIGITS)}@${offset}`

export function* deadPage(letters: readonly Letter[], stateDir: string): Generator<string> {
  if (letters.length === 0) {
    yield `no dead letters in ${printable(stateDir)}\n`
    return
  }
  for (const letter of letters) {
    const { head, time, offset, length, parts, whole } = letter
    const place = head.topic === undefined ? '' : `  ${head.topic}/${head.partition}`
    const cut = parts.length > 1 ? `, kept in ${parts.length} parts` : ''
    const rest = whole ? '' : '; the rest of its line is not here yet'
    yield `${time}  ${nameOf(letter)}${place}  ${printable(head.filename)}\n`
    yield `  bytes ${offset} to ${offset + length}${cut}: ${printable(head.reason)}${rest}\n`
  }
  yield `${summaryOf(letters)}\n`
}

export const summaryOf = (letters: readonly Letter[]): string =>
  `${count(letters.length, 'dead letter')}, ${count(
    letters.reduce((sum, { length }) => sum + length, 0),
    'byte',
  )}`

export function* deadDocument(letters: readonly Letter[], stateDir: string): Generator<string> {
  yield `${JSON.stringify({ v: 1, state_dir: stateDir }).slice(0, -1)},"letters":[`
  for (const [index, letter] of letters.entries())
    yield `${index === 0 ? '' : ','}\n${JSON.stringify(objectOf(letter))}`
  yield '\n]}\n'
}

function objectOf({ head, time, offset, length, parts, whole }: Letter): object {
  const { file_id, filename, host, session, crc32, topic, partition, key, format, reason } = head
  // Of several parts no single sum is that of all.
  const sum = parts.length > 1 ? undefined : crc32
  const origin = { time, file_id, filename, host, session, offset, length, crc32: sum, parts: parts.length, whole }
  return { ...origin, topic, partition, key, format, reason }
}
