// One line of `pannier check`: what was looked at, how it is, and what to do about it.

import { printable } from './printable.ts'

export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'FAIL'
  readonly text: string
  readonly hint?: string | null
}

/** `FAIL  topic "logs" does not exist — create it ...` */
export function findingLine({ verdict, text, hint }: Finding): string {
  const advice = hint === undefined || hint === null ? '' : ` — ${hint}`
  return `${verdict.padEnd(4)}  ${printable(`${text}${advice}`)}\n`
}

export const ok = (text: string): Finding => ({ verdict: 'ok', text })
export const warn = (text: string, hint: string | null = null): Finding => ({ verdict: 'warn', text, hint })
export const fail = (text: string, hint: string | null): Finding => ({ verdict: 'FAIL', text, hint })

/** `1 file`, `2 files`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
