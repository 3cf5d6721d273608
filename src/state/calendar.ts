/** When a session ends and what the next one is called; pure: the round asks with the injected clock's time. */
import { Cron } from 'croner'
import { PannierError } from '../support/errors.ts'

/** Both in milliseconds since the epoch. */
export interface RolloverTimes {
  readonly opened: number
  readonly due: number
}

/** NTP steps a clock back by less; more means that it was wrong when the session was opened. */
const CLOCK_CAME_BACK_MS = 60 * 60 * 1000

/** The first rollover later than `after`. An empty time zone is the host's. Throws ROLLOVER for an expression that cannot be used. */
export function nextRollover(expression: string, timezone: string, after: number): number {
  const next = schedule(expression, timezone).nextRun(new Date(after))
  if (next !== null) return next.getTime()
  throw new PannierError(`rollover = ${expression} never comes`, {
    code: 'ROLLOVER',
    hint: 'daily at midnight is 0 0 * * *',
  })
}

/**
 * Whether the session is over, and when the open one then is due. However many rollovers were missed, one is made. Once `due` was handed
 * out it stands: a clock that is set back a little meets it once.
 */
export function rolloverDue(
  session: RolloverTimes,
  now: number,
  expression: string,
  timezone: string,
): { readonly roll: boolean; readonly due: number } {
  if (now >= session.due) return { roll: true, due: nextRollover(expression, timezone, now) }
  const clockCameBack = session.opened - now > CLOCK_CAME_BACK_MS
  return { roll: false, due: clockCameBack ? nextRollover(expression, timezone, now) : session.due }
}

/** The local date of the opening; a second session of that date gets `.2`. */
export function sessionId(openedAt: number, timezone: string, taken: (id: string) => boolean): string {
  const date = localDate(openedAt, timezone)
  if (!taken(date)) return date
  let number = 2
  while (taken(`${date}.${number}`)) number += 1
  return `${date}.${number}`
}

/** Made once for each time zone: making one takes as long as a whole round. */
const dateFormats = new Map<string, Intl.DateTimeFormat>()

function dateFormat(timezone: string): Intl.DateTimeFormat {
  const known = dateFormats.get(timezone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(timezone === '' ? {} : { timeZone: timezone }),
  })
  dateFormats.set(timezone, made)
  return made
}

/** Nothing of it needs Intl, whose first use costs 8 MB of memory. */
const UTC = 'UTC'

export function localDate(at: number, timezone: string): string {
  if (timezone === UTC) return new Date(at).toISOString().slice(0, 10)
  const parts = new Map(
    dateFormat(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
}

/** One for each rule that was in force: paused, a schedule only reckons. */
const schedules = new Map<string, Cron>()

/**
 * `no-wildcard`: a named time that a DST change skips comes right after the gap, one that comes twice counts once;
 * croner's own default does so for a single hour only.
 */
function schedule(expression: string, timezone: string): Cron {
  const key = `${expression} ${timezone}`
  const known = schedules.get(key) ?? newSchedule(expression, timezone)
  schedules.set(key, known)
  return known
}

function newSchedule(expression: string, timezone: string): Cron {
  try {
    return new Cron(expression, {
      paused: true,
      fixedTimeRule: 'no-wildcard',
      ...(timezone === '' ? {} : timezone === UTC ? { utcOffset: 0 } : { timezone }),
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new PannierError(`rollover = ${expression}: ${reason}`, {
      code: 'ROLLOVER',
      hint: 'daily at midnight is 0 0 * * *',
      cause,
    })
  }
}
