// The page that `status` shows a person: who holds the state, a table with the largest lag first, totals.

import { count } from './finding.ts'
import { printable } from './printable.ts'
import { type FileStatus } from './status-files.ts'
import { type Report, ratioOf, time, totalsOf } from './status-report.ts'
import { clip, widthOf } from './text-width.ts'

/** Files to a piece of the page. */
const PIECE = 1000
const ID_DIGITS = 8

/** @param width columns of the terminal, at least 80 */
export function* pageOf(report: Report, width: number): Generator<string> {
  yield headOf(report)
  const { files } = report
  if (files.length === 0) {
    yield 'no file is known yet; pannier explain tells what a start would ship\n'
    return
  }
  const table = tableOf(files)
  yield `\n${lineOf(table, NAMES, width)}`
  for (let from = 0; from < files.length; from += PIECE) {
    const piece = files.slice(from, from + PIECE)
    yield piece.map((file) => `${lineOf(table, cellsOf(file), width)}${notesOn(file, width)}`).join('')
  }
  yield `\n${sumsOf(files)}`
}

function headOf({ stateDir, holder, session, deadLetters }: Report): string {
  const waiting =
    session === null || session.closing.length === 0 ? '' : `; no manifest yet of ${idsOf(session.closing)}`
  const open =
    session === null ? 'none yet' : `${session.current.id}, open since ${time(session.current.opened)}${waiting}`
  return `state    ${printable(stateDir)}
agent    ${agentOf(holder)}
session  ${open}
${packedIn(session)}dead     ${deadLetters === 0 ? 'no dead letters' : `${count(deadLetters, 'dead letter')} in dead-letters.jsonl`}
`
}

function packedIn(session: Report['session']): string {
  const packed = session?.current.packed
  if (packed === undefined) return ''
  return `packed   ${ratioOf(packed).toFixed(2)} : 1 in this session, batches of ${packed.encoded} bytes sent as ${packed.sent}\n`
}

const idsOf = (sessions: readonly { readonly id: string }[]): string => sessions.map(({ id }) => id).join(', ')

function agentOf(holder: Report['holder']): string {
  if (holder === null) return 'not running'
  if (holder === 'unnamed') return 'running, and has not said its name yet'
  return printable(`running: host ${holder.host}, pid ${holder.pid}, since ${holder.since}`)
}

const NAMES = ['LAG', 'SIZE', 'COMMITTED', 'STATE', 'SAFE', 'ID', 'FILE'] as const
/** Columns of numbers stand at the right. */
const NUMBERS = 3

/** SAFE: whether it may be deleted. */
function cellsOf(file: FileStatus): readonly string[] {
  const { lag, size, committed, state, safe_to_delete, file_id, path } = file
  const safe = safe_to_delete === null ? '-' : safe_to_delete ? 'yes' : 'no'
  const onDisk = size === null ? '-' : String(size)
  return [String(lag), onDisk, String(committed), state, safe, file_id.slice(0, ID_DIGITS), printable(path)]
}

/** The widths of all columns but the last. */
function tableOf(files: readonly FileStatus[]): readonly number[] {
  const widths = NAMES.map((name) => name.length)
  for (const file of files) {
    for (const [column, cell] of cellsOf(file).entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return widths.slice(0, -1)
}

function lineOf(widths: readonly number[], cells: readonly string[], width: number): string {
  const front = widths.map((room, at) => {
    const cell = cells[at] ?? ''
    return at < NUMBERS ? cell.padStart(room) : cell.padEnd(room)
  })
  const text = `${front.join('  ')}  `
  return `${text}${clip(cells.at(-1) ?? '', width - text.length)}\n`
}

/** What a usual file has nothing of: another name at its birth, bytes that were not shipped, an error. */
function notesOn(file: FileStatus, width: number): string {
  const { filename, path, filtered, dead_lettered, abandoned, last_error, shipped, pending } = file
  const notes: string[] = []
  if (filename !== path) notes.push(`born as ${filename}`)
  if (filtered + dead_lettered + abandoned > 0)
    notes.push(accounts({ shipped, pending, filtered, dead_lettered, abandoned }))
  if (last_error !== null) notes.push(`error: ${last_error}`)
  return notes.map((note) => `  ${wrapped(printable(note), width - 2)}\n`).join('')
}

/** Errors are told whole, over as many lines as they need. */
function wrapped(text: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(`${line} ${word}`) > width) {
      lines.push(line)
      line = `  ${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n  ')
}

type Accounts = Pick<FileStatus, 'shipped' | 'pending' | 'filtered' | 'dead_lettered' | 'abandoned'>

const accounts = ({ shipped, pending, filtered, dead_lettered, abandoned }: Accounts): string =>
  `shipped ${shipped}, pending ${pending}, filtered ${filtered}, dead-lettered ${dead_lettered}, abandoned ${abandoned}`

function sumsOf(files: readonly FileStatus[]): string {
  const totals = totalsOf(files)
  const states = Object.entries(totals.states).map(([state, number]) => `${number} ${state}`)
  return `${count(totals.files, 'file')}: ${states.join(', ')}; ${totals.safe_to_delete} safe to delete
${accounts(totals)}
${totals.size} bytes on disk, lag ${totals.lag}
`
}
