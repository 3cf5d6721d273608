/** A pair that was given for a setting, and where, so that whatever is said of it later can name the place. */
import type { Problem } from './problem.ts'

export interface Given {
  readonly section: string
  readonly key: string
  readonly value: string
  readonly line?: number
  readonly variable?: string
}

export type Report = (problem: Problem) => void

export function problemOf(given: Given, message: string, hint?: string): Problem {
  return { ...given, message, ...(hint === undefined ? {} : { hint }) }
}

/** For a key that is not known, whose value may be a secret under a misspelt name. */
export function problemOfKey(given: Given, message: string, hint?: string): Problem {
  return problemOf({ ...given, value: '' }, message, hint)
}
