/** Tells how much of a generation's file can be believed: whole commits from the start, and what is wrong with the rest. */
import { COMMIT_PREFIX, CRC_DIGITS, checksum, type Header } from './journal-lines.ts'
import { LineCutter } from './line-cutter.ts'

export interface Scan {
  readonly header: Header | null
  /** Whole commits, and the number of the last one (0: none). */
  readonly commits: number
  readonly lastCommit: number
  /** Where the first commit ends, the snapshot that the generation began with. */
  readonly snapshotEnd: number
  /** Where the last whole commit ends. */
  readonly end: number
  /** Records stand behind the last whole commit. */
  readonly loose: boolean
  readonly flaw: Flaw | null
}

export interface Flaw {
  /** `torn`: nothing but an append that a crash cut short, which nobody was told to be durable. */
  readonly kind: 'torn' | 'damaged'
  readonly reason: string
}

/** Bytes. */
const LONGEST_LINE = 64 * 1024 * 1024
const LINE_FEED = 0x0a
const SPACE = 0x20
const JSON_AT = CRC_DIGITS + 1
const COMMIT = /^\{"commit":(\d{1,15})\}$/
/** JSON.stringify escapes control characters, so that none can be in what an append began. */
const BEGINNING_OF_A_LINE = /^[0-9a-f]{0,7}$|^[0-9a-f]{8}(?: [^\p{Cc}]*)?$/u

/** Is given the file's bytes piece by piece, so that a large state need not be in memory. */
export class Scanner {
  readonly #format: string
  readonly #lines = new LineCutter((line, at) => this.#line(line, at))
  readonly #found = { commits: 0, lastCommit: 0, snapshotEnd: 0, end: 0, loose: false }
  readonly #version: number
  readonly #visit: (json: string) => void
  #header: Header | null = null
  #flaw: Flaw | null = null
  #empty = true

  /** `visit` is handed each record's JSON before it is known whether its commit is whole, unless its version is above `version`. */
  constructor(format: string, version = 0, visit: (json: string) => void = () => {}) {
    this.#format = format
    this.#version = version
    this.#visit = visit
  }

  /** The bytes may change as soon as it returns. */
  push(piece: Buffer): void {
    if (piece.length > 0) this.#empty = false
    if (this.#flaw !== null) return
    this.#lines.push(piece)
    // Nobody wrote a record like that: what it is must not be kept in memory to be told.
    if (this.#lines.waiting > LONGEST_LINE) this.#flaw = damaged(`no line at byte ${this.#lines.at}`)
  }

  end(): Scan {
    if (this.#flaw === null) this.#flaw = this.#atEnd()
    if (this.#header === null) return { header: null, ...this.#found, flaw: this.#flaw }
    return { header: this.#header, ...this.#found, flaw: judge(this.#flaw, this.#found.commits) }
  }

  /** Whether to go on. */
  #line(line: Buffer, at: number): boolean {
    const json = jsonOf(line)
    if (this.#header === null) this.#begin(json, at + line.length + 1)
    else if (json === null) this.#flaw = failed(at)
    else if (isCommit(json)) this.#commit(commitNumber(json), at + line.length + 1)
    else this.#record(json)
    return this.#flaw === null
  }

  #record(json: Buffer): void {
    this.#found.loose = true
    if ((this.#header?.version ?? 0) <= this.#version) this.#visit(json.toString())
  }

  #begin(json: Buffer | null, end: number): void {
    const header = json === null ? null : asHeader(json)
    if (header?.format === this.#format) {
      this.#header = header
      this.#found.snapshotEnd = end
      this.#found.end = end
    } else if (json === null) this.#flaw = damaged(`no header: ${failed(0).reason}`)
    else this.#flaw = damaged(header === null ? 'no header' : `it holds "${header.format}", not "${this.#format}"`)
  }

  #commit(commit: number, end: number): void {
    const found = this.#found
    if (commit <= found.lastCommit) {
      this.#flaw = damaged(`commit ${commit} stands behind commit ${found.lastCommit}`)
      return
    }
    if (found.commits === 0) found.snapshotEnd = end
    found.commits += 1
    found.lastCommit = commit
    found.end = end
    found.loose = false
  }

  #atEnd(): Flaw | null {
    if (this.#empty) return damaged('it is empty')
    const { at, rest } = this.#lines
    const unfinished = rest.length === 0 ? null : unfinishedLine(rest, at)
    if (this.#header === null) return damaged(`no header: ${unfinished?.reason}`)
    return unfinished ?? (at > this.#found.end ? { kind: 'torn', reason: 'records without their commit' } : null)
  }
}

export function scan(bytes: Buffer, format: string): Scan {
  const scanner = new Scanner(format)
  scanner.push(bytes)
  return scanner.end()
}

/** Hands over the records' JSON of the whole commits, in order. It is given the same bytes as the scanner was. */
export function replayer(found: Scan, apply: (json: string) => void): { readonly push: (piece: Buffer) => void } {
  return new LineCutter((line, at) => {
    if (at >= found.end) return false
    const json = jsonOf(line)
    if (json === null) throw new Error(`the bytes of a journal changed while they were read: ${failed(at).reason}`)
    if (at > 0 && !isCommit(json)) apply(json.toString())
    return true
  })
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

function judge(flaw: Flaw | null, commits: number): Flaw | null {
  // A generation gets its name only after its snapshot is durable: no crash leaves one without.
  return commits === 0 ? damaged(`no whole commit: ${flaw?.reason ?? 'it ends too early'}`) : flaw
}

function asHeader(json: Buffer): Header | null {
  const value = parseOrNull(json)
  if (typeof value !== 'object' || value === null) return null
  const { format, version, generation } = value as Partial<Record<string, unknown>>
  if (typeof format !== 'string' || typeof version !== 'number' || typeof generation !== 'number') return null
  return { format, version, generation }
}

/** Null when the line fails its checksum. */
function jsonOf(line: Buffer): Buffer | null {
  const json = line.subarray(JSON_AT)
  const whole = line[CRC_DIGITS] === SPACE && line.toString('latin1', 0, CRC_DIGITS) === checksum(json)
  return whole ? json : null
}

const failed = (at: number): Flaw => damaged(`the line at byte ${at} fails its checksum`)

function unfinishedLine(rest: Buffer, at: number): Flaw {
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
