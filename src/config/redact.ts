/** Keeps the values of secrets out of what is said about them. */
import { type Given, problemOf } from './given.ts'
import type { Problem } from './problem.ts'
import type { SettingTable } from './setting.ts'
import { sections } from './settings.ts'

const tables: readonly SettingTable[] = Object.values(sections)

const isSecret = (key: string): boolean =>
  tables.some((table) => Object.hasOwn(table, key) && table[key]?.secret === true)

export const withoutSecret = (problem: Problem): Problem =>
  isSecret(problem.key) ? { ...problem, value: '' } : problem

/** What is wrong with a reference quotes it: a secret may hold a literal `${`, but one that is nothing but a variable has a name. */
export function problemOfReference(given: Given, refused: string, hint: string | undefined): Problem {
  const isVariable = /^\s*\$\{[A-Za-z_]\w*\}\s*$/.test(given.value)
  if (!isSecret(given.key) || isVariable) return problemOf(given, refused, hint)
  return problemOf(given, 'refers to the environment in a way that cannot be resolved', 'write $${ for a literal ${')
}
