// What `verify` says: a line for each session and for each file that is not proven, or all of it as one JSON document.

import type { Config } from '../config/config.ts'
import type { FileVerdict } from '../proof/proof.ts'
import type { SessionVerdict, Verification } from '../proof/verify.ts'
import { bytesIn } from '../support/ranges.ts'
import { count } from './finding.ts'
import { printable } from './printable.ts'
import { damagedText, rangesText } from './reading-back.ts'

export const isProven = ({ sessions }: Verification): boolean =>
  sessions.every(({ files }) => files.every(({ status }) => status === 'proven'))

export function verifyPage(found: Verification, proven: boolean): string {
  const lines = found.sessions.flatMap((verdict) => [
    sessionLine(verdict),
    ...verdict.files.flatMap((file) => fileLines(file, found)),
  ])
  return [...lines, ...notes(found), proven ? 'proven' : 'NOT PROVEN'].map((line) => `${printable(line)}\n`).join('')
}

function sessionLine({ account, files }: SessionVerdict): string {
  const sum = (key: 'bytes' | 'lines'): number => files.reduce((total, { file }) => total + file[key], 0)
  const bad = files.filter(({ status }) => status !== 'proven').length
  const verdict = bad === 0 ? 'proven' : `${count(bad, 'file')} NOT PROVEN`
  const state = account.closed ? 'closed' : 'not closed, as of the last checkpoint'
  const shipped = `${count(files.length, 'file')}, ${count(sum('bytes'), 'byte')} in ${count(sum('lines'), 'line')}`
  return `${account.session}  ${state}: ${shipped}: ${verdict}`
}

function fileLines({ file, status, missing, expired, found }: FileVerdict, { startOf }: Verification): string[] {
  const name = `${file.filename} (${file.file_id})`
  const place = `${file.topic}/${file.partition ?? '*'}`
  const lines: string[] = []
  const lost = missing.filter((range) => !expired.includes(range))
  if (lost.length > 0) lines.push(`MISSING  ${name}: ${rangesText(lost)} not found in ${place}`)
  if (expired.length > 0) {
    const start = startOf(file.topic, file.partition ?? 0)
    lines.push(`EXPIRED  ${name}: ${rangesText(expired)} no longer in Kafka: ${place} begins at offset ${start}`)
  }
  if (status === 'differs' && found !== null) {
    const booked = `${file.bytes} bytes, ${file.lines} lines, crc32 ${file.crc32}`
    const came = `${found.bytes} bytes, ${found.lines} lines, crc32 ${found.crc32}`
    lines.push(`DIFFERS  ${name}: ${rangesText(file.ranges)}: ${came} in ${place}, booked were ${booked}`)
  }
  const unshipped = unshippedText(file)
  return unshipped === '' ? lines : [...lines, `not shipped  ${name}: ${unshipped}`]
}

function unshippedText({ filtered, dead_lettered, abandoned }: FileVerdict['file']): string {
  const accounts = { filtered, 'dead-lettered': dead_lettered, abandoned }
  return Object.entries(accounts)
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${count(bytes, 'byte')} ${name}`)
    .join(', ')
}

function notes({ extras, copies, damaged, damagedInAll, foreign, gone }: Verification): string[] {
  const lines = gone.map((topic) => `topic "${topic}" does not exist`)
  for (const record of damaged) lines.push(`damaged  ${damagedText(record)}`)
  if (damagedInAll > damaged.length) lines.push(`damaged  ${count(damagedInAll - damaged.length, 'more record')}`)
  for (const { filename, fileId, ranges } of extras) {
    lines.push(
      `not booked  ${filename} (${fileId}): ${rangesText(ranges)} in Kafka, not settled when the state was read, or a dead letter that was sent again`,
    )
  }
  if (copies > 0) lines.push(`${count(copies, 'byte')} came more than once, which is no fault`)
  if (foreign > 0) lines.push(`${count(foreign, 'record')} that are not Pannier's passed over`)
  return lines
}

export function verifyDocument({ path, stateDir }: Config, found: Verification, proven: boolean): string {
  const sessions = found.sessions.map(({ account: { session, closed, source }, files }) => ({
    session,
    closed,
    source,
    proven: files.every(({ status }) => status === 'proven'),
    files: files.map(fileObject),
  }))
  const extras = found.extras.map(({ fileId, filename, ranges }) => ({ file_id: fileId, filename, ranges }))
  const damaged = found.damaged.map(({ claim, ...place }) => ({
    ...place,
    file_id: claim?.fileId ?? null,
    range: claim === null ? null : [claim.offset, claim.offset + claim.length],
  }))
  const counts = { damaged_records: found.damagedInAll, foreign_records: found.foreign, repeated_bytes: found.copies }
  const document = { v: 1, config: path, state_dir: stateDir, proven, sessions, not_booked: extras, damaged }
  return `${JSON.stringify({ ...document, ...counts, missing_topics: found.gone }, null, 2)}\n`
}

function fileObject({ file, status, missing, expired, found }: FileVerdict): object {
  const { file_id, filename, topic, partition, first, last, ranges } = file
  const { bytes, lines, crc32, filtered, dead_lettered, abandoned } = file
  const lost = missing.filter((range) => !expired.includes(range))
  const booked = { bytes, lines, crc32, filtered, dead_lettered, abandoned }
  const place = { topic, partition, first, last, ranges }
  const verdict = { missing: lost, expired, missing_bytes: bytesIn(missing), found }
  return { file_id, filename, status, ...place, booked, ...verdict }
}
