// What `restore` says: a line for each file that is not where, or not all of what, one would expect, and a line for them all.

import type { Restoration } from '../proof/restore.ts'
import { bytesIn } from '../support/ranges.ts'
import { count } from './finding.ts'
import { printable } from './printable.ts'
import { damagedText, rangesText } from './reading-back.ts'

/** All that was shipped is restored. */
export function isWhole({ files, absent, damaged, moreDamaged, unplaced }: Restoration): boolean {
  const whole = files.every(
    ({ file, gaps }) => gaps.missing.length + gaps.unknown.length === 0 && file.trouble === null,
  )
  return whole && absent.length === 0 && damaged.length + moreDamaged + unplaced === 0
}

export function restorePage(found: Restoration): string {
  const lines = [...found.files.flatMap(fileLines), ...faults(found), ...notes(found), summary(found)]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function fileLines({ file, gaps }: Restoration['files'][number]): string[] {
  const { filename, fileId, output, trouble } = file
  const name = `${output.path} (${fileId})`
  const lines: string[] = []
  if (output.moved !== null) lines.push(`placed   ${filename} as ${name}: ${output.moved}`)
  if (gaps.missing.length > 0)
    lines.push(`MISSING  ${name}: ${rangesText(gaps.missing)} not in Kafka; a hole in the file`)
  if (gaps.unknown.length > 0) {
    const why = 'not in Kafka; without state these holes cannot be told from losses'
    lines.push(`UNKNOWN  ${name}: ${rangesText(gaps.unknown)} ${why}`)
  }
  if (gaps.unshipped.length > 0) {
    const why = 'never shipped (filtered, abandoned, or before start_at)'
    lines.push(`hole     ${name}: ${rangesText(gaps.unshipped)} ${why}`)
  }
  if (gaps.dead.length > 0)
    lines.push(`dead     ${name}: ${rangesText(gaps.dead)} dead letters: pannier dead list; --with-dead puts them in`)
  if (gaps.elsewhere.length > 0) lines.push(`hole     ${name}: ${rangesText(gaps.elsewhere)} not of this session`)
  if (trouble !== null) lines.push(`FAILED   ${name}: ${trouble}`)
  return lines
}

function faults({ absent, damaged, unplaced }: Restoration): string[] {
  const lines = absent.map(
    ({ filename, fileId, ranges }) => `MISSING  ${filename} (${fileId}): ${rangesText(ranges)} not in Kafka`,
  )
  for (const record of damaged) lines.push(`DAMAGED  ${damagedText(record)}`)
  if (unplaced > 0) {
    lines.push(
      `FAILED   ${count(unplaced, 'message')} left out: they do not name their session, and the state directory knows nothing of their files; ship with line_headers = all, or restore without --session`,
    )
  }
  return lines
}

function notes({ healed, moreDamaged, foreign, gone }: Restoration): string[] {
  const lines = gone.map((topic) => `topic "${topic}" does not exist`)
  if (moreDamaged > 0) lines.push(`DAMAGED  ${count(moreDamaged, 'more record')}`)
  if (healed > 0) lines.push(`${count(healed, 'damaged record')} passed over: their bytes came in others too`)
  if (foreign > 0) lines.push(`${count(foreign, 'record')} that are not Pannier's passed over`)
  return lines
}

function summary(found: Restoration): string {
  const bytes = found.files.reduce((sum, { file }) => sum + bytesIn(file.held), 0)
  const verdict = isWhole(found) ? 'all that was shipped' : 'NOT ALL that was shipped'
  return `restored ${count(found.files.length, 'file')}, ${count(bytes, 'byte')}, into ${found.folder}: ${verdict}`
}
