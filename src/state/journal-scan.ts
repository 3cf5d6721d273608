/** Tells how much of a generation's file can be believed: whole commits from the start, and what is wrong with the rest. */
import { COMMIT_PREFIX, CRC_DIGITS, checksum, type Header } from './journal-lines.ts'

export interface Scan {
  readonly header: Header | null
  /** Whole commits, and the number of the last one (0: none). */
  readonly commits: number
  readonly lastCommit: number
  /** Where the first commit ends, the snapshot that the generation began with. */
  readonly snapshotEnd: number
  /** Where the last whole commit ends. */
  readonly end: number
  readonly flaw: Flaw | null
}

export interface Flaw {
  /** `torn`: nothing but an append that a crash cut short, which nobody was told to be durable. */
  readonly kind: 'torn' | 'damaged'
  readonly reason: string
}

type Line = { readonly json: Buffer; readonly end: number } | Flaw

const LINE_FEED = 0x0a
const SPACE = 0x20
const JSON_AT = CRC_DIGITS + 1
const COMMIT = /^\{"commit":(\d{1,15})\}$/
/** JSON.stringify escapes control characters, so that none can be in what an append began. */
const BEGINNING_OF_A_LINE = /^[0-9a-f]{0,7}$|^[0-9a-f]{8}(?: [^\p{Cc}]*)?$/u

export function scan(bytes: Buffer, format: string): Scan {
  const first = readHeader(bytes, format)
  if ('reason' in first) return { header: null, commits: 0, lastCommit: 0, snapshotEnd: 0, end: 0, flaw: first }
  const found = { commits: 0, lastCommit: 0, snapshotEnd: first.end, end: first.end }
  let flaw: Flaw | null = null
  let at = first.end
  while (at < bytes.length && flaw === null) {
    const line = readLine(bytes, at)
    if ('reason' in line) {
      flaw = line
      break
    }
    at = line.end
    if (!isCommit(line.json)) continue
    const commit = commitNumber(line.json)
    if (commit <= found.lastCommit) flaw = damaged(`commit ${commit} stands behind commit ${found.lastCommit}`)
    else countCommit(found, commit, at)
  }
  return { header: first.header, ...found, flaw: judge(flaw, found, at) }
}

/** Hands over the records' JSON of the whole commits, in order. */
export function replay(bytes: Buffer, found: Scan, apply: (json: string) => void): void {
  let at = bytes.indexOf(LINE_FEED) + 1
  while (at < found.end) {
    const line = readLine(bytes, at)
    if ('reason' in line) throw new Error(`the bytes of a journal changed while they were read: ${line.reason}`)
    if (!isCommit(line.json)) apply(line.json.toString())
    at = line.end
  }
}

/** Where the records' JSON of the whole commits is, in order: for who needs few of many. The bytes are those that were scanned. */
export function eachRecord(bytes: Buffer, found: Scan, visit: (from: number, to: number) => void): void {
  let at = bytes.indexOf(LINE_FEED) + 1
  while (at < found.end) {
    const end = bytes.indexOf(LINE_FEED, at)
    const from = at + JSON_AT
    if (!isCommit(bytes.subarray(from, from + COMMIT_PREFIX.length))) visit(from, end)
    at = end + 1
  }
}

function countCommit(
  found: { commits: number; lastCommit: number; snapshotEnd: number; end: number },
  commit: number,
  end: number,
): void {
  if (found.commits === 0) found.snapshotEnd = end
  found.commits += 1
  found.lastCommit = commit
  found.end = end
}

function judge(flaw: Flaw | null, found: { readonly commits: number; readonly end: number }, at: number): Flaw | null {
  // A generation gets its name only after its snapshot is durable: no crash leaves one without.
  if (found.commits === 0) return damaged(`no whole commit: ${flaw?.reason ?? 'it ends too early'}`)
  if (flaw === null && at > found.end) return { kind: 'torn', reason: 'records without their commit' }
  return flaw
}

function readHeader(bytes: Buffer, format: string): { readonly header: Header; readonly end: number } | Flaw {
  if (bytes.length === 0) return damaged('it is empty')
  const line = readLine(bytes, 0)
  if ('reason' in line) return damaged(`no header: ${line.reason}`)
  const header = asHeader(line.json)
  if (header === null) return damaged('no header')
  return header.format === format ? { header, end: line.end } : damaged(`it holds "${header.format}", not "${format}"`)
}

function asHeader(json: Buffer): Header | null {
  const value = parseOrNull(json)
  if (typeof value !== 'object' || value === null) return null
  const { format, version, generation } = value as Partial<Record<string, unknown>>
  if (typeof format !== 'string' || typeof version !== 'number' || typeof generation !== 'number') return null
  return { format, version, generation }
}

function readLine(bytes: Buffer, at: number): Line {
  const lineFeed = bytes.indexOf(LINE_FEED, at)
  if (lineFeed === -1) return unfinished(bytes.subarray(at), at)
  const json = bytes.subarray(at + JSON_AT, lineFeed)
  const whole = bytes[at + CRC_DIGITS] === SPACE && bytes.toString('latin1', at, at + CRC_DIGITS) === checksum(json)
  return whole ? { json, end: lineFeed + 1 } : damaged(`the line at byte ${at} fails its checksum`)
}

function unfinished(rest: Buffer, at: number): Flaw {
  if (BEGINNING_OF_A_LINE.test(rest.toString('latin1').replace(/[\x80-\x9f]/g, '?')))
    return { kind: 'torn', reason: `cut in the line at byte ${at}` }
  return damaged(`no line at byte ${at}`)
}

function isCommit(json: Buffer): boolean {
  return json.toString('latin1', 0, COMMIT_PREFIX.length) === COMMIT_PREFIX
}

/** 0, which stands behind every commit, for what is no number. */
function commitNumber(json: Buffer): number {
  const digits = COMMIT.exec(json.toString())?.[1]
  return digits === undefined ? 0 : Number(digits)
}

function parseOrNull(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString())
  } catch {
    return null
  }
}

function damaged(reason: string): Flaw {
  return { kind: 'damaged', reason }
}
