/** All values of a config, read from the pairs by the tables, before they are put together. */
import type { Given, Report } from './given.ts'
import { didYouMean } from './nearest.ts'
import type { Problem } from './problem.ts'
import { defaultsOf, readFields, readSection } from './read-section.ts'
import type { SettingTable, ValuesOf } from './setting.ts'
import { notYet } from './settings/not-yet.ts'
import { inputPrefix, inputSection, type SectionName, sections } from './settings.ts'

export type InputValues = ValuesOf<typeof inputSection>

/** One [input:NAME] as it was read. */
interface NamedInput {
  readonly name: string
  readonly section: string
  /** What the section sets itself. */
  readonly own: Partial<InputValues>
  readonly fields: Readonly<Record<string, string>>
}

export type SectionValues = { readonly [N in SectionName]: ValuesOf<(typeof sections)[N]> } & {
  readonly fields: Readonly<Record<string, string>>
  readonly inputs: readonly NamedInput[]
}

export function readValues(pairs: readonly Given[], inputs: readonly string[], report: Report): SectionValues {
  const of = (section: string) => pairs.filter((pair) => pair.section === section)
  const values = <S extends SettingTable>(section: SectionName, table: S): ValuesOf<S> => ({
    ...defaultsOf(table),
    ...readSection(section, table, of(section), report),
  })
  readSection('http_conf', {}, of('http_conf'), report)
  return {
    basic_conf: values('basic_conf', sections.basic_conf),
    kafka_conf: values('kafka_conf', sections.kafka_conf),
    message_conf: values('message_conf', sections.message_conf),
    session_conf: values('session_conf', sections.session_conf),
    shutdown_conf: values('shutdown_conf', sections.shutdown_conf),
    log_conf: values('log_conf', sections.log_conf),
    fields: readFields(of('message_conf'), report),
    inputs: inputs.map((section) => readInput(section, of(section), report)),
  }
}

function readInput(section: string, pairs: readonly Given[], report: Report): NamedInput {
  const own = readSection('input', inputSection, pairs, report)
  return { name: inputName(section), section, own, fields: readFields(pairs, report) }
}

function inputName(section: string): string {
  return section.slice(inputPrefix.length).trim()
}

export interface SortedSections {
  readonly inputs: readonly string[]
  /** Told once by their name; nothing can be said of the settings in them. */
  readonly strangers: ReadonlySet<string>
}

/** Sorts the sections of the file, and reports those whose name will not do. */
export function sortSections(found: readonly { name: string; line: number }[], report: Report): SortedSections {
  const inputs: string[] = []
  const strangers = new Set<string>()
  const taken = new Set(['default'])
  for (const { name: section, line } of found) {
    const isInput = section.startsWith(inputPrefix)
    const said = isInput ? nameProblem(inputName(section), taken) : strangerProblem(section)
    if (said !== null) report({ section, key: '', value: '', line, ...said })
    if (isInput) taken.add(inputName(section))
    if (isInput) inputs.push(section)
    else if (said !== null) strangers.add(section)
  }
  return { inputs, strangers }
}

type Said = Pick<Problem, 'message' | 'hint'>

function nameProblem(name: string, taken: ReadonlySet<string>): Said | null {
  if (name === '') return { message: 'the input has no name', hint: 'e.g. [input:web]' }
  if (name === 'default') return { message: 'the input of [basic_conf] has this name', hint: 'choose another one' }
  return taken.has(name) ? { message: `the name ${name} is taken`, hint: 'choose another one' } : null
}

function strangerProblem(section: string): Said | null {
  const known = [...Object.keys(sections), ...Object.keys(notYet)].filter((name) => name !== 'input')
  if (known.includes(section)) return null
  const message = 'no such section'
  if (/^\s*input/i.test(section)) return { message, hint: 'a further input is written [input:NAME]' }
  const whole = known.find((name) => name === `${section.toLowerCase().trim()}_conf`)
  return { message, ...(whole === undefined ? didYouMean(section, known) : { hint: `did you mean ${whole}?` }) }
}
