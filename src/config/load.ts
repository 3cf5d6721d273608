/** The text of config.ini becomes a frozen Config, or the list of all that is wrong with it. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { assemble } from './assemble.ts'
import type { Config } from './config.ts'
import { type Finding, refusals, warnings } from './cross-rules.ts'
import { withEnvironment } from './environment.ts'
import { type Environment, expand } from './expand.ts'
import { type Given, problemOf, type Report } from './given.ts'
import { type IniSection, parseIniText } from './ini-text.ts'
import type { Problem } from './problem.ts'
import { problemOfReference, withoutSecret } from './redact.ts'
import { readValues, sortSections } from './section-values.ts'

export interface ConfigSource {
  readonly text: string
  /** Where the text came from, for messages. */
  readonly path: string
  readonly env: Environment
  /** The system's name, for an empty `host`. */
  readonly host: string
  /** What relative paths start at; the working directory unless told. */
  readonly cwd?: string
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const configFiles = ['config.ini', '/etc/pannier/config.ini']

/** The first that there is of ./config.ini and /etc/pannier/config.ini; null where there is none. */
export function findConfigFile(cwd: string = process.cwd()): string | null {
  return configFiles.map((file) => resolve(cwd, file)).find((file) => existsSync(file)) ?? null
}

export function loadConfig({ text, path, env, host, cwd = process.cwd() }: ConfigSource): LoadedConfig {
  const ini = parseIniText(text)
  const problems: Problem[] = [...ini.problems]
  const report: Report = (problem) => void problems.push(problem)
  const { inputs, strangers } = sortSections(ini.sections, report)
  const known = ini.pairs.filter(({ section }) => !strangers.has(section))
  const pairs = expandAll(withEnvironment(known, inputs, env, report), env, report)
  const values = readValues(pairs, inputs, report)
  const config = assemble(values, { path, cwd, host })
  // A setting with a problem of its own stands at its default here, of which nothing need be said.
  const bad = new Set(problems.map(({ key }) => key))
  const sound = refusals(config, values).filter(({ key, against }) => !bad.has(key) && !bad.has(against))
  problems.push(...sound.map((finding) => located(finding, pairs, ini.sections)))
  if (problems.length > 0) return { ok: false, problems: problems.toSorted(byLine).map(withoutSecret) }
  return {
    ok: true,
    config: frozen(config),
    warnings: warnings(config, values, pairs)
      .map((finding) => located(finding, pairs, ini.sections))
      .map(withoutSecret),
  }
}

/** The pairs of the file, that is: a variable of the environment means what it says. */
function expandAll(pairs: readonly Given[], env: Environment, report: Report): Given[] {
  return pairs.flatMap((given) => {
    const expanded = given.variable === undefined ? expand(given.value, env) : given
    if ('value' in expanded) return [{ ...given, value: expanded.value }]
    report(problemOfReference(given, expanded.refused, expanded.hint))
    return []
  })
}

/** At the line of the pair, or of its section where the trouble is that the pair is missing. */
function located(finding: Finding, pairs: readonly Given[], sections: readonly IniSection[]): Problem {
  const { section, key, message, hint } = finding
  const given = pairs.find((pair) => pair.section === section && pair.key === key)
  const line = sections.find(({ name }) => name === section)?.line
  return problemOf(given ?? { section, key, value: '', ...(line === undefined ? {} : { line }) }, message, hint)
}

function byLine(a: Problem, b: Problem): number {
  return (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER)
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
