/** The types of settings about the calendar: when sessions roll over, and in which time zone. */
import { Cron } from 'croner'
import type { ValueType } from './value-type.ts'

export const cronExpression: ValueType<string> = {
  name: 'cron expression',
  rule: 'five fields: minute, hour, day, month, weekday',
  parse(text) {
    const hint = 'five fields, e.g. 0 0 * * * for midnight'
    const fields = text.split(/\s+/)
    if (fields.length !== 5) return { refused: 'not a cron expression of five fields', hint }
    try {
      const never = new Cron(fields.join(' '), { paused: true }).nextRun() === null
      return never ? { refused: 'a time that never comes', hint } : { value: fields.join(' ') }
    } catch (error) {
      return { refused: error instanceof Error ? error.message : 'not a cron expression', hint }
    }
  },
}

export const timeZone: ValueType<string> = {
  name: 'time zone',
  rule: 'an IANA name, may be empty',
  parse(text) {
    if (text === '') return { value: hostZone() }
    const value = resolved(text)
    return value === null ? { refused: 'not a time zone', hint: 'an IANA name, e.g. Asia/Shanghai' } : { value }
  },
}

const UTC = 'UTC'
const MONTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

/** Where TZ names no known zone, Node may report one that it does not accept itself. */
function hostZone(): string {
  // The first use of Intl costs 8 MB of memory, and most hosts need none of it.
  const year = new Date().getFullYear()
  if (MONTHS.every((month) => new Date(year, month).getTimezoneOffset() === 0)) return UTC
  return resolved(new Intl.DateTimeFormat('en').resolvedOptions().timeZone) ?? UTC
}

function resolved(zone: string | undefined): string | null {
  // An offset such as +08:00 is accepted by Node 22 and not by 20, and knows no summer time.
  if (zone === undefined || !/^[A-Za-z]/.test(zone)) return null
  if (zone === UTC) return UTC
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
