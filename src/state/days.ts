// Which local dates the date tokens in globs stand for: files of the previous session get late lines, those of the days that
// were slept through are still to be found.

export interface Days {
  /** Local dates, `2026-11-20`, in order. */
  readonly days: readonly string[]
  /** Days that are not among them, since they would be too many. */
  readonly leftOut: number
}

/** Each day is one more glob, looked for in every round. */
const AT_MOST = 400
const DAY_MS = 86_400_000

/**
 * All dates from the previous session's to that of now, and the current session's: a clock that was ahead may have opened it
 * later than now.
 */
export function daysOf(previous: string, current: string, today: string): Days {
  const first = [previous, current, today].reduce((least, day) => (day < least ? day : least))
  const last = toNumber(today)
  const from = Math.max(toNumber(first), last - AT_MOST + 1)
  const days = Array.from({ length: last - from + 1 }, (_, index) => toDate(from + index))
  return { days: current > today ? [...days, current] : days, leftOut: from - toNumber(first) }
}

// Dates are counted as those of UTC, where every day has 24 hours.
const toNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS
const toDate = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10)
