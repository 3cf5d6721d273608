/**
 * Settings that have a name but no effect in this version: only their default is accepted, since whoever asks for more must
 * not believe that it was granted.
 */
import { duration } from '../quantity.ts'
import { anyText, type ValueType } from '../value-type.ts'

export interface NotYet {
  readonly type: ValueType<unknown>
  readonly default: string
}

type NotYetTable = Readonly<Record<string, NotYet>>

const text = (fallback: string): NotYet => ({ type: anyText, default: fallback })
const time = (fallback: string): NotYet => ({ type: duration('0', '36500d'), default: fallback })

const http: NotYetTable = {
  listen: text(''),
  stuck_after: time('5m'),
}

/** `input` stands for every [input:NAME]. */
export const notYet: Readonly<Record<string, NotYetTable>> = {
  http_conf: http,
}

export function isDefault({ type, default: fallback }: NotYet, value: string): boolean {
  const [given, usual] = [type.parse(value), type.parse(fallback)]
  return 'value' in given && 'value' in usual && lower(given.value) === lower(usual.value)
}

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}
