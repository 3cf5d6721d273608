// All that `status` reports, gathered without a lock and without a write; its `--json` document.

import { existsSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { systemDisk } from '../files/disk.ts'
import type { Life } from '../files/life.ts'
import { countLetters } from '../state/dead-letter-box.ts'
import { type HeldBy, holderOf } from '../state/lock-holder.ts'
import { readState } from '../state/read-state.ts'
import type { SessionRecord } from '../state/session.ts'
import { systemClock } from '../support/clock.ts'
import { type ACCOUNTS, bookFault, type FileStatus, statusOf } from './status-files.ts'

export interface Report {
  readonly config: string
  readonly stateDir: string
  readonly holder: HeldBy
  readonly session: SessionRecord | null
  readonly deadLetters: number
  /** Largest lag first. */
  readonly files: readonly FileStatus[]
  /** What is wrong with the state itself. */
  readonly problems: readonly string[]
}

/** The clock of a file server may lag behind ours. Milliseconds. */
const SLACK_MS = 60_000

/** Rejects with a PannierError where the state cannot be read. */
export async function gather({ path }: Config, stateDir: string): Promise<Report> {
  const [holder, deadLetters, state] = await Promise.all([
    existsSync(stateDir) ? holderOf(stateDir, systemClock) : null,
    countLetters(stateDir),
    readState(stateDir, systemClock),
  ])
  const recent = BigInt(Math.max(0, (state.looked ?? 0) - SLACK_MS)) * 1_000_000n
  const rows = await statusOf(state.files, systemDisk, recent)
  const files = rows.toSorted((a, b) => b.lag - a.lag || (a.path < b.path ? -1 : 1))
  const faults = rows.map(bookFault).filter((fault) => fault !== null)
  return {
    config: path,
    stateDir,
    holder,
    session: state.session,
    deadLetters,
    files,
    problems: [...state.damage, ...faults],
  }
}

export interface Totals extends Readonly<Record<(typeof ACCOUNTS)[number] | 'size' | 'size_seen' | 'lag', number>> {
  readonly files: number
  readonly safe_to_delete: number
  readonly states: Readonly<Partial<Record<Life, number>>>
}

export function totalsOf(files: readonly FileStatus[]): Totals {
  const sums = { size: 0, size_seen: 0, lag: 0, shipped: 0, pending: 0, filtered: 0, dead_lettered: 0, abandoned: 0 }
  const states: Partial<Record<Life, number>> = {}
  let safe = 0
  for (const file of files) {
    states[file.state] = (states[file.state] ?? 0) + 1
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += file[key] ?? 0
    if (file.safe_to_delete === true) safe++
  }
  return { files: files.length, states, ...sums, safe_to_delete: safe }
}

/** Files to a piece, so that the text of a hundred thousand never stands in memory whole. */
const PIECE = 1000

/** One JSON document, a file a line. */
export function* documentOf(report: Report): Generator<string> {
  const { config, stateDir, holder, session, deadLetters, files, problems } = report
  const head = {
    v: 1,
    config,
    state_dir: stateDir,
    agent: holder === 'unnamed' ? { host: null, pid: null, since: null } : holder,
    session: session === null ? null : sessionOf(session),
    sessions_waiting: (session?.closing ?? []).map(({ id, opened, closed }) => ({
      id,
      opened: time(opened),
      closed: time(closed),
    })),
    dead_letters: deadLetters,
    problems,
  }
  yield `${JSON.stringify(head).slice(0, -1)},"files":[`
  for (let from = 0; from < files.length; from += PIECE) {
    const lines = files.slice(from, from + PIECE).map((file) => `\n${JSON.stringify(file)}`)
    yield `${from === 0 ? '' : ','}${lines.join(',')}`
  }
  yield `\n],"totals":${JSON.stringify(totalsOf(files))}}\n`
}

const sessionOf = ({ current: { id, opened, due, packed } }: SessionRecord): object => ({
  id,
  opened: time(opened),
  due: time(due),
  compression: packed === undefined ? null : { ...packed, ratio: ratioOf(packed) },
})

/** How many times smaller batches became, to two digits. */
export const ratioOf = ({ encoded, sent }: { readonly encoded: number; readonly sent: number }): number =>
  Math.round((encoded / sent) * 100) / 100

export const time = (ms: number): string => new Date(ms).toISOString()
