// The one catalogue of all that can happen: its level, and its words for a person. Logs are made from it.

import type { HealthEvent } from '../deliver/health.ts'
import type { FileEvent } from '../files/file-events.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { LetterHead } from '../state/dead-letter.ts'
import type { Damage } from '../state/journal.ts'

export type AgentEvent =
  | FileEvent
  | HealthEvent
  | {
      readonly name: 'started'
      readonly version: string
      readonly config: string
      readonly files: number
      readonly session: string
    }
  | { readonly name: 'stopping'; readonly signal: string; readonly bytes: number }
  | {
      readonly name: 'stopped'
      readonly left: number
      readonly files: number
      readonly waiting: number
      /** Since the start. */
      readonly abandoned: number
    }
  | { readonly name: 'file_born'; readonly file: TrackedFile }
  | { readonly name: 'file_unwrappable'; readonly file: TrackedFile; readonly reason: string }
  | { readonly name: 'file_unread'; readonly file: TrackedFile; readonly reason: string }
  | {
      readonly name: 'chunk_abandoned'
      readonly file: TrackedFile
      readonly offset: number
      readonly abandoned: number
    }
  | {
      readonly name: 'spool_completed'
      readonly file: TrackedFile
      readonly how: 'renamed' | 'moved' | 'deleted'
      /** Its last name. */
      readonly to: string
    }
  | { readonly name: 'spool_kept'; readonly file: TrackedFile; readonly reason: string }
  /** A message whose bytes were no text in their charset, and travel as they are. */
  | { readonly name: 'bytes_encoded'; readonly file: TrackedFile; readonly offset: number; readonly bytes: number }
  /** The first of a file. */
  | { readonly name: 'not_text'; readonly file: TrackedFile; readonly charset: string; readonly offset: number }
  | { readonly name: 'compression_failed'; readonly codec: string; readonly reason: string }
  | { readonly name: 'file_forgotten'; readonly file: TrackedFile }
  | { readonly name: 'session_opened'; readonly session: string; readonly closed: string }
  | { readonly name: 'manifest_written'; readonly session: string; readonly files: number }
  | { readonly name: 'manifest_failed'; readonly session: string; readonly reason: string }
  | { readonly name: 'state_damaged'; readonly damage: Damage }
  | { readonly name: 'state_older'; readonly file: string }
  | { readonly name: 'state_failed'; readonly reason: string; readonly hint: string | null }
  | { readonly name: 'state_recovered' }
  | { readonly name: 'state_rewritten'; readonly file: string; readonly reason: string }
  | { readonly name: 'state_taken' }
  | {
      readonly name: 'id_taken'
      readonly id: string
      readonly host: string
      readonly pid: number
      readonly since: string
    }
  | ({ readonly name: 'dead_letter' } & LetterHead)
  /** A further one of a line that fits no message. */
  | ({ readonly name: 'dead_letter_part' } & LetterHead)
  | { readonly name: 'dead_letters_full'; readonly limit: number }
  | { readonly name: 'line_truncated'; readonly file: TrackedFile; readonly line: number; readonly end: number }
  /** What the filters of its input drop. */
  | { readonly name: 'lines_filtered'; readonly file: TrackedFile; readonly offset: number; readonly length: number }
  | { readonly name: 'line_rest'; readonly file: TrackedFile; readonly offset: number; readonly length: number }
  | { readonly name: 'config_reloaded' }
  | { readonly name: 'config_refused'; readonly problems: readonly string[] }
  | { readonly name: 'discovery_slow'; readonly took: number; readonly interval: number }
  | { readonly name: 'days_left_out'; readonly first: string; readonly leftOut: number }
  | { readonly name: 'round_failed'; readonly reason: string }
  | { readonly name: 'stray_rejection'; readonly reason: string }

export type Emit = (event: AgentEvent) => void

export type Level = 'debug' | 'info' | 'warn' | 'error'

type Entry<Name extends AgentEvent['name']> = readonly [Level, (event: Extract<AgentEvent, { name: Name }>) => string]

const at = (file: TrackedFile): string => file.path

/** Some of the range may be on its way and not be lost. */
function lost(bytes: number, start: number, end: number): string {
  if (bytes === 0) return ''
  return `; ${bytes} bytes of it in [${start}, ${end}) were not read and are abandoned`
}

function rest({ file, offset, abandoned, remark }: Extract<AgentEvent, { name: 'file_gone' | 'file_ended' }>): string {
  if (abandoned === 0) return ''
  return `${lost(abandoned, offset, file.size)}${remark === null ? '' : `; ${remark}`}`
}

function stopped({ left, files, waiting, abandoned }: Extract<AgentEvent, { name: 'stopped' }>): string {
  const lines = waiting === 0 ? '' : `for ${waiting} bytes of unfinished last lines`
  const gone = abandoned === 0 ? '' : `${abandoned} bytes were abandoned since the start`
  if (left > 0)
    return `stopped, ${left} bytes in ${files} files are left for the next start${gone === '' ? '' : `, and ${gone}`}`
  const exceptions = [lines, gone].filter((text) => text !== '').join(', and ')
  return `stopped, all shipped${exceptions === '' ? '' : `, but ${exceptions}`}`
}

const CATALOGUE: { readonly [Name in AgentEvent['name']]: Entry<Name> } = {
  started: ['info', (e) => `Pannier ${e.version} ships with ${e.config}; ${e.files} files known, session ${e.session}`],
  stopping: ['info', (e) => `${e.signal}: shipping the last ${e.bytes} bytes before leaving`],
  stopped: ['info', stopped],
  file_born: ['info', (e) => `new file ${at(e.file)}`],
  file_unwrappable: ['error', (e) => `${at(e.file)} cannot be put into messages: ${e.reason}`],
  file_unread: ['warn', (e) => `${at(e.file)} cannot be read now: ${e.reason}`],
  chunk_abandoned: [
    'error',
    (e) =>
      `bytes ${e.offset} to ${e.offset + e.abandoned} of ${at(e.file)} were not taken by Kafka, can no longer be read, and are abandoned`,
  ],
  bytes_encoded: [
    'debug',
    (e) => `bytes ${e.offset} to ${e.offset + e.bytes} of ${at(e.file)} are no text, and travel as they are`,
  ],
  not_text: [
    'warn',
    (e) =>
      `${at(e.file)} has lines that are no text in ${e.charset}, the first at ${e.offset}: they travel as base64; is charset right?`,
  ],
  file_forgotten: ['debug', (e) => `${at(e.file)} is forgotten: all of it is settled and it is gone`],
  file_unreadable: ['warn', (e) => `${e.path} is not shipped: ${e.reason}`],
  file_settling: ['debug', (e) => `${e.path} waits until it has not changed for ${e.quiet} ms (spool_quiet)`],
  spool_completed: [
    'info',
    (e) => `${e.file.birth.path} is wholly shipped and was ${e.how}${e.how === 'deleted' ? '' : ` to ${e.to}`}`,
  ],
  spool_kept: [
    'warn',
    (e) => `${at(e.file)} is shipped, but on_complete cannot be done: ${e.reason}; it is tried again`,
  ],
  folder_blind: ['warn', (e) => `folder ${e.path} cannot be listed: ${e.reason}; its files are not forgotten`],
  file_renamed: ['info', (e) => `${at(e.file)} is now ${e.to}; it is read to its end`],
  file_copied: ['info', (e) => `${at(e.file)} goes on in its copy ${e.to}; that is read to its end`],
  file_held: ['info', (e) => `${e.path} begins like ${at(e.original)}: it waits until it shows whether it is a copy`],
  file_continued: ['info', (e) => `${at(e.file)} was compressed to ${e.to}; it goes on in there`],
  gzip_held: ['debug', (e) => `${e.path} is not shipped: it is ${at(e.original)} compressed, which is still there`],
  file_remounted: ['info', (e) => `${at(e.file)} is on a device with another number now`],
  file_deleted: ['info', (e) => `${at(e.file)} was deleted; what it still holds is shipped`],
  file_missing: ['warn', (e) => `${at(e.file)} is not found: ${e.reason}`],
  file_gone: ['info', (e) => `${at(e.file)} is gone${rest(e)}`],
  file_shrunk: [
    'error',
    (e) => `${at(e.file)} was cut to ${e.file.size} bytes${lost(e.abandoned, e.file.size, e.file.size + e.abandoned)}`,
  ],
  file_ended: ['info', (e) => `${at(e.file)} was ${e.how}: its inode is a new file's from now on${rest(e)}`],
  file_released: [
    'warn',
    (e) =>
      `${at(e.file)} was deleted ${Math.round(e.held / 1000)} s ago and is let go, for its ${e.file.size} bytes on the disk (release_deleted_after)`,
  ],
  file_hole: [
    'info',
    (e) =>
      `${e.bytes} NULs in ${at(e.file)}, which its writer left out when it went on after a truncation, are filtered`,
  ],
  session_opened: ['info', (e) => `session ${e.closed} is closed, ${e.session} is open`],
  manifest_written: ['info', (e) => `manifest of session ${e.session} written, ${e.files} files`],
  manifest_failed: ['warn', (e) => `manifest of session ${e.session}: ${e.reason}; it is tried again`],
  state_damaged: ['error', (e) => `state file ${e.damage.file} is damaged (${e.damage.reason})${kept(e.damage)}`],
  state_older: [
    'error',
    (e) => `an older ${e.file} is used: what was shipped after it is sent again, with the same file ids and ranges`,
  ],
  state_failed: ['error', (e) => `the state cannot be written: ${e.reason}${e.hint === null ? '' : `; ${e.hint}`}`],
  state_rewritten: ['error', (e) => `state file ${e.file}: ${e.reason}; all of it is written anew, nothing is lost`],
  state_recovered: ['info', () => 'the state is written again'],
  state_taken: ['error', () => 'another agent took this state directory; leaving'],
  id_taken: [
    'error',
    (e) =>
      `another agent has the transactional id ${e.id} now (host ${e.host}, pid ${e.pid}, since ${e.since}); leaving. Stop one of the two, or give each a transactional_id of its own`,
  ],
  dead_letter: [
    'error',
    (e) =>
      `bytes ${e.offset} to ${e.offset + e.length} of ${e.filename} are a dead letter: ${e.reason}; pannier dead list shows it`,
  ],
  dead_letter_part: [
    'debug',
    (e) => `bytes ${e.offset} to ${e.offset + e.length} of ${e.filename} are a dead letter too`,
  ],
  dead_letters_full: [
    'error',
    (e) =>
      `the dead letters have reached dead_letter_limit = ${e.limit} bytes: files wait at what would become one more; send them with pannier dead replay, or raise the limit`,
  ],
  lines_filtered: ['debug', (e) => `bytes ${e.offset} to ${e.offset + e.length} of ${at(e.file)} are filtered`],
  line_rest: ['debug', (e) => `bytes ${e.offset} to ${e.offset + e.length} of ${at(e.file)} are filtered`],
  line_truncated: [
    'warn',
    (e) =>
      `the line at ${e.line} of ${at(e.file)} fits no message: its first ${e.end - e.line} bytes are shipped, the rest is filtered (long_line = truncate)`,
  ],
  kafka_degraded: [
    'warn',
    (e) =>
      `Kafka does not take messages for ${e.what}: ${e.reason}${e.hint === null ? '' : `; ${e.hint}`}; trying again until it does`,
  ],
  kafka_recovered: ['info', (e) => `Kafka takes messages again after ${e.seconds} s`],
  config_reloaded: ['info', () => 'the configuration was read again'],
  config_refused: ['error', (e) => `the new configuration is refused, the old one goes on: ${e.problems.join(' | ')}`],
  discovery_slow: ['warn', (e) => `finding the files took ${e.took} ms; it is done every ${e.interval} ms from now on`],
  compression_failed: [
    'error',
    (e) => `compression by ${e.codec} has failed: ${e.reason}; until the next start batches are sent as they are`,
  ],
  days_left_out: [
    'warn',
    (e) => `files of the ${e.leftOut} days before ${e.first} are not looked for by the date tokens in inputpath`,
  ],
  round_failed: ['error', (e) => `a round failed and is begun anew: ${e.reason}`],
  stray_rejection: ['error', (e) => `an unexpected failure outside of any round: ${e.reason}`],
}

const kept = ({ quarantined }: Damage): string => (quarantined === null ? '' : `; kept as ${quarantined}`)

/** The event in a form for logs: plain values only, no secrets, no content of files. */
export function describe(event: AgentEvent): { readonly level: Level; readonly text: string } {
  const [level, text] = CATALOGUE[event.name] as Entry<AgentEvent['name']>
  const abandons = 'abandoned' in event && event.abandoned > 0
  return { level: abandons ? 'error' : level, text: text(event) }
}
