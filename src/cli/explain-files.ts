// What `explain` says of each file: read from the catalogue as the agent's own look left it, and from what was emitted meanwhile.

import { basename } from 'node:path'
import fastGlob from 'fast-glob'
import type { Parts } from '../agent.ts'
import type { InputConfig } from '../config/config.ts'
import { type Candidate, discover } from '../files/discover.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { AgentEvent } from '../observe/events.ts'
import { expandDates, onAnyDay } from '../support/date-tokens.ts'
import { explainTracked } from './explain-tracked.ts'

export interface Explained {
  readonly path: string
  /** The name of its input; null for a folder that could not be listed. */
  readonly input: string | null
  /** settled: nothing is left to send · waits: not now, but later · skipped: not at all */
  readonly verdict: 'ships' | 'settled' | 'waits' | 'skipped'
  /** Offset at which reading begins; null where nothing is read. */
  readonly from: number | null
  /** Bytes that would be sent. */
  readonly bytes: number
  /** Bytes that are not sent yet: the unfinished last line. */
  readonly waiting: number
  readonly reason: string | null
  /** Null for a file that is not born yet. */
  readonly file_id: string | null
}

/** What was emitted during the look, by what it was about. */
export class Overheard {
  /** File ids that the state knew before. */
  known: ReadonlySet<string> = new Set()
  readonly refused = new Map<string, string>()
  readonly blind = new Map<string, string>()
  readonly stateTroubles: string[] = []
  readonly #notes = new Map<TrackedFile, string>()
  /** Paths whose file is another one than the state knows. */
  readonly #ended = new Map<string, string>()

  readonly emit = (event: AgentEvent): void => {
    if (event.name === 'file_unreadable') this.refused.set(event.path, event.reason)
    else if (event.name === 'file_settling')
      this.refused.set(
        event.path,
        `it may still be written to, and is taken once it has not changed for ${event.quiet / 1000} s (spool_quiet)`,
      )
    else if (event.name === 'file_held')
      this.refused.set(
        event.path,
        `it begins like ${event.original.path}, and waits until it shows whether it is its copy`,
      )
    else if (event.name === 'file_copied') this.#notes.set(event.file, `a copy of ${event.file.path}, truncated since`)
    else if (event.name === 'folder_blind') this.blind.set(event.path, event.reason)
    else if (event.name === 'file_renamed') this.#notes.set(event.file, `renamed from ${event.file.path}`)
    else if (event.name === 'file_continued') this.#notes.set(event.file, `goes on in ${event.to}`)
    else if (event.name === 'gzip_held')
      this.refused.set(event.path, `it is ${event.original.path} compressed, which is still there`)
    else if (event.name === 'file_missing') this.#notes.set(event.file, `not found: ${event.reason}`)
    else if (event.name === 'file_gone') this.#notes.set(event.file, `gone${lost(event.abandoned)}`)
    else if (event.name === 'file_ended') this.#ended.set(event.file.path, `${event.how} since${lost(event.abandoned)}`)
    else if (event.name === 'state_damaged') {
      this.stateTroubles.push(`state file ${event.damage.file} is damaged (${event.damage.reason}): run puts it aside`)
    }
  }

  noteOn(file: TrackedFile): string | null {
    const ended = this.known.has(file.id) ? undefined : this.#ended.get(file.path)
    return this.#notes.get(file) ?? (ended === undefined ? null : `a new file, the former was ${ended}`)
  }
}

const lost = (bytes: number): string => (bytes === 0 ? '' : `; ${bytes} bytes of it that were not read are abandoned`)

/** Candidates first, then known files that no glob leads to, then what the settings leave out. */
export async function explainFiles(parts: Parts, overheard: Overheard): Promise<Explained[]> {
  const { config, disk } = parts.world
  const { days } = parts.sessions.days(parts.world.clock.now())
  const { candidates } = await discover(config.inputs, disk, days)
  const byPath = new Map<string, TrackedFile>()
  for (const file of parts.catalogue.all()) if (file.life !== 'ended') byPath.set(file.path, file)
  const rows = new Map<string, Explained>()
  for (const candidate of candidates) {
    const file = byPath.get(candidate.path)
    const row = file === undefined ? whyNot(candidate, parts, overheard) : await explainTracked(file, parts, overheard)
    rows.set(candidate.path, row)
  }
  for (const [path, file] of byPath) {
    if (rows.has(path) || (file.lag === 0 && overheard.noteOn(file) === null)) continue
    rows.set(path, await explainTracked(file, parts, overheard))
  }
  for (const input of config.inputs) {
    for (const row of await leftOut(input, parts, days)) if (!rows.has(row.path)) rows.set(row.path, row)
  }
  for (const [path, reason] of overheard.blind) rows.set(path, skipped(path, null, `it cannot be listed: ${reason}`))
  return [...rows.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function skipped(path: string, input: string | null, reason: string): Explained {
  return { path, input, verdict: 'skipped', from: null, bytes: 0, waiting: 0, reason, file_id: null }
}

/** Why the look took no file at this path. */
function whyNot({ path, input, gzip }: Candidate, { world, catalogue }: Parts, { refused }: Overheard): Explained {
  return skipped(path, input.name, refused.get(path) ?? reason())

  function reason(): string {
    try {
      const stat = world.disk.peek(path)
      if (stat === null) return 'it leads nowhere: a broken link, or it has just vanished'
      if (stat.kind === 'folder') return 'it is a folder'
      const other = catalogue.at(stat)
      if (other !== undefined) return `a link to the same file as ${other.path}, which is shipped once`
    } catch {
      return 'it cannot be looked at'
    }
    if (gzip) return 'it is compressed, and not complete yet, or too large to be looked at here'
    return input.ignoreOlder > 0
      ? 'it was not changed for longer than ignore_older'
      : 'it changed while it was looked at'
  }
}

/** What the input's globs take in, on any day, and its other settings do not. */
async function leftOut(input: InputConfig, { world }: Parts, days: readonly string[]): Promise<Explained[]> {
  const bare = { ...input, regex: null, exclude: [] }
  const everyDay = { ...bare, inputpath: input.inputpath.map(onAnyDay) }
  const { candidates } = await discover([everyDay], world.disk, days)
  const now = new Set((await discover([bare], world.disk, days)).candidates.map(({ path }) => path))
  const rows = candidates.map(({ path }) => skipped(path, input.name, whyLeftOut(path, input, now)))
  return [...rows, ...(await folders(input, days))]
}

function whyLeftOut(path: string, { regex, exclude }: InputConfig, now: ReadonlySet<string>): string {
  if (!now.has(path)) return 'its date is not one that is looked for now'
  const isOther = regex !== null && !regex.test(basename(path))
  return isOther ? 'its name does not match regex' : `excluded by exclude = ${exclude.join(';')}`
}

/** Folders that a glob for files happens to match; `**` and folders named themselves are meant so. */
async function folders({ name, inputpath }: InputConfig, days: readonly string[]): Promise<Explained[]> {
  const entries = inputpath.flatMap((entry) => expandDates(entry, days))
  const globs = entries.filter((entry) => fastGlob.isDynamicPattern(entry) && !entry.endsWith('**'))
  const paths = await fastGlob(globs, { absolute: true, dot: true, onlyDirectories: true, suppressErrors: true })
  return paths.map((path) => skipped(path, name, 'it is a folder; named itself in inputpath, its files are taken'))
}
