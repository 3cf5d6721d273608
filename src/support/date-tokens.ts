// Date tokens in globs, `app-{yyyyMMdd}.log`: which there are, and what they stand for on given days. Pure.

/** What each token is on the day `[year, month, day]`. */
const TOKENS: Readonly<Record<string, (year: string, month: string, day: string) => string>> = {
  '{yyyyMMdd}': (year, month, day) => `${year}${month}${day}`,
  '{yyyy-MM-dd}': (year, month, day) => `${year}-${month}-${day}`,
  '{yyyyMM}': (year, month) => `${year}${month}`,
  '{yyyy}': (year) => year,
  '{MM}': (_year, month) => month,
  '{dd}': (_year, _month, day) => day,
}

/** Braces without a comma or two dots: those with them are the glob's own. */
const BRACES = /\{(?:[^{},.]|\.(?!\.))*\}/g
const LOOKS_LIKE_DATE = /^\{(?=.*(?:yy|mm|dd|hh|ss))[ymdhs]+(?:[-_.:][ymdhs]+)*\}$/i

export const dateTokens: readonly string[] = Object.keys(TOKENS)

/** @param days local dates, `2026-11-20`; all tokens of a pattern stand for the same one */
export function expandDates(pattern: string, days: readonly string[]): string[] {
  if (!hasDates(pattern)) return [pattern]
  return [...new Set(days.map((day) => onDay(pattern, day)))]
}

export const hasDates = (pattern: string): boolean => dateTokens.some((token) => pattern.includes(token))

/** The pattern for files of every day. */
export const onAnyDay = (pattern: string): string => pattern.replace(BRACES, (token) => (token in TOKENS ? '*' : token))

function onDay(pattern: string, day: string): string {
  const [year = '', month = '', date = ''] = day.split('-')
  return pattern.replace(BRACES, (token) => TOKENS[token]?.(year, month, date) ?? token)
}

/** What was meant as a date token, and is none; undefined where there is no such thing. */
export const unknownDate = (pattern: string): string | undefined =>
  pattern.match(BRACES)?.find((token) => LOOKS_LIKE_DATE.test(token) && !(token in TOKENS))
