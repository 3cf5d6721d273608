// What `check` says of the inputs: whether their folders can be listed, their files read, and their topics written as such.

import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import fastGlob from 'fast-glob'
import type { Config, InputConfig } from '../config/config.ts'
import { type Candidate, discover, isGzip } from '../files/discover.ts'
import { systemDisk } from '../files/disk.ts'
import { localDate } from '../state/calendar.ts'
import { onAnyDay } from '../support/date-tokens.ts'
import { readable, systemCode } from '../support/errors.ts'
import { type Topics, topicsOf } from './check-topics.ts'
import { count, type Finding, fail, ok, warn } from './finding.ts'

export async function checkInputs(config: Config): Promise<{ findings: Finding[]; topics: Topics }> {
  const today = localDate(Date.now(), config.session.timezone)
  const entries = config.inputs.flatMap((input) => input.inputpath.map((entry) => checkEntry(input, entry, today)))
  const findings = (await Promise.all(entries)).flat()
  const { topics, faults } = await topicsOf(config)
  return { findings: [...findings, ...faults], topics }
}

interface Place {
  readonly kind: 'folder' | 'file' | 'files'
  /** The folder without which nothing can match. */
  readonly folder: string
}

async function checkEntry(input: InputConfig, entry: string, today: string): Promise<Finding[]> {
  const { kind, folder } = placeOf(onAnyDay(entry))
  const subject = `${kind} ${entry}${input.name === 'default' ? '' : ` of [input:${input.name}]`}`
  const fault = await listFault(folder)
  if (fault !== null) return [unlisted(subject, folder, fault, input)]
  const { candidates, blind } = await discover([{ ...input, inputpath: [entry] }], systemDisk, [today])
  const blinded = [...blind].map(([path, reason]) => unlisted(subject, path, reason, input))
  const named = candidates.filter(({ path }) => !isMisnamed(path))
  const read = named.filter(({ path, gzip }) => gzip || !isGzip(path))
  return [
    matches(subject, read.length),
    ...compressed(subject, named.length - read.length),
    ...misnamed(subject, candidates.length - named.length),
    ...blinded,
    ...(await unreadable(read)),
  ]
}

/** Bytes of a name that are not UTF-8 are U+FFFD in the listing, and no file has that name. */
const isMisnamed = (path: string): boolean => path.includes('\uFFFD') && kindOf(path) === null

function misnamed(subject: string, files: number): Finding[] {
  if (files === 0) return []
  const names = files === 1 ? 'file is not shipped, since its name is' : 'files are not shipped, since their names are'
  return [warn(`${subject}: ${files} ${names} not valid UTF-8`, 'rename it, or let the application write another name')]
}

function compressed(subject: string, files: number): Finding[] {
  if (files === 0) return []
  const are = files === 1 ? 'compressed file matches, and is' : 'compressed files match, and are'
  return [
    ok(
      `${subject}: ${files} ${are} only read by a pattern that ends in .gz, or where what it holds was not read before`,
    ),
  ]
}

function matches(subject: string, files: number): Finding {
  if (files > 0) return ok(`${subject}: ${count(files, 'file')} ${files === 1 ? 'matches' : 'match'}`)
  return warn(
    `${subject}: no file matches now`,
    'correct inputpath, regex or exclude if there should be one; pannier explain says more',
  )
}

function unlisted(subject: string, folder: string, reason: string, { name }: InputConfig): Finding {
  const section = name === 'default' ? 'basic_conf' : `input:${name}`
  const hint = `make ${folder} a folder that this user may list (chmod +rx), or correct [${section}] inputpath`
  return fail(`${subject}: ${folder} cannot be listed: ${reason}`, hint)
}

function placeOf(entry: string): Place {
  const kind = kindOf(entry)
  if (kind === 'folder') return { kind, folder: entry }
  if (kind !== null) return { kind: 'file', folder: dirname(entry) }
  const [task] = fastGlob.generateTasks(entry)
  return { kind: 'files', folder: fastGlob.isDynamicPattern(entry) ? (task?.base ?? dirname(entry)) : dirname(entry) }
}

/** What keeps us from looking keeps us from listing, and is told there. */
function kindOf(path: string): string | null {
  try {
    return systemDisk.peek(path)?.kind ?? null
  } catch {
    return null
  }
}

async function listFault(folder: string): Promise<string | null> {
  try {
    await systemDisk.list(folder)
    return null
  } catch (error) {
    return systemCode(error) === 'ENOTDIR' ? 'it is not a folder (ENOTDIR)' : readable(error)
  }
}

/** One line for all of an entry's files. */
async function unreadable(candidates: readonly Candidate[]): Promise<Finding[]> {
  const faults: string[] = []
  for (const { path } of candidates) {
    const fault = await readFault(path)
    if (fault !== null) faults.push(`${path}: ${fault}`)
  }
  const [first] = faults
  if (first === undefined) return []
  const more = faults.length === 1 ? '' : ` (and ${count(faults.length - 1, 'more file')})`
  return [fail(`file ${first}${more}`, 'let this user read it (chmod, chown, setfacl), or exclude it')]
}

async function readFault(path: string): Promise<string | null> {
  try {
    await access(path, constants.R_OK)
    return null
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? null : readable(error)
  }
}
