/** What is wrong with a setting, and how it is told: every step from the text to the Config collects these. */
import { basename } from 'node:path'

export interface Problem {
  /** Empty where no section can be named. */
  readonly section: string
  /** Empty where the trouble is the section or the line itself. */
  readonly key: string
  /** Empty where it may hold a secret, since a problem is printed. */
  readonly value: string
  readonly line?: number
  /** The environment variable that the value came from. */
  readonly variable?: string
  readonly message: string
  readonly hint?: string
}

/** `config.ini:12: [basic_conf] interval = 5x: not a duration (e.g. 500ms, 5s, 2m)` */
export function formatProblem(problem: Problem, path: string): string {
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`
  const parts = [origin(problem, path), subject(problem), `${problem.message}${hint}`]
  return printable(parts.filter((part) => part !== '').join(': '))
}

/** One line, and nothing that a terminal would obey. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) =>
    control === '\n' ? '\\n' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

function origin(problem: Problem, path: string): string {
  if (problem.variable !== undefined) return problem.variable
  return problem.line === undefined ? basename(path) : `${basename(path)}:${problem.line}`
}

function subject({ section, key, value }: Problem): string {
  const name = [section === '' ? '' : `[${section}]`, key].filter((part) => part !== '').join(' ')
  return value === '' ? name : `${name} = ${value}`
}
