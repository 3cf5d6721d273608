// What `verify` and `restore` have in common: their options, and what of a record or a range a person is shown.

import type { Config } from '../config/config.ts'
import type { DamagedRecord } from '../proof/proof.ts'
import { PannierError } from '../support/errors.ts'
import { bytesIn, type Range } from '../support/ranges.ts'
import { count } from './finding.ts'

export const sessionOption = { session: { type: 'string' } } as const

/** Throws USAGE for what is no session. */
export function checkedDate(command: string, date: string | undefined): string | undefined {
  if (date === undefined || /^\d{4}-\d{2}-\d{2}(?:\.\d+)?$/.test(date)) return date
  throw new PannierError(
    `${command}: --session ${date} is no date as in 2026-11-20, nor a session as in 2026-11-20.2`,
    {
      code: 'USAGE',
    },
  )
}

/** Throws HEADERLESS where messages do not say which bytes they hold. */
export function mustHaveHeaders(command: string, { inputs }: Config): void {
  const input = inputs.find(({ message }) => message.format === 'line' && message.lineHeaders === 'none')
  if (input === undefined) return
  const which = input.name === 'default' ? '[message_conf]' : `[input:${input.name}]`
  throw new PannierError(
    `${command} is not possible with ${which} line_headers = none: such messages name no file and no offset`,
    {
      code: 'HEADERLESS',
      hint: 'ship with line_headers = minimal, which is the default',
    },
  )
}

const SHOWN_AT_MOST = 5

/** `[0, 100) and [200, 300), 200 bytes`. */
export function rangesText(ranges: readonly Range[]): string {
  const shown = ranges.slice(0, SHOWN_AT_MOST).map(([start, end]) => `[${start}, ${end})`)
  const more = ranges.length - shown.length
  const named = more > 0 ? `${shown.join(' ')} and ${count(more, 'more range')}` : shown.join(' ')
  return `${named}, ${count(bytesIn(ranges), 'byte')}`
}

export function damagedText({ topic, partition, offset, reason, claim }: DamagedRecord): string {
  const of = claim === null ? '' : `, of ${claim.filename} from ${claim.offset}`
  return `${topic}/${partition} offset ${offset}${of}: ${reason}`
}
