// The names that rotation gives: `.N`, `-DATE` and `.DATE` behind the name of before, with or without `.gz`. Pure.

const DATE = String.raw`\d{4}-?\d{2}-?\d{2}(?:[-_.T]?\d{1,10})*`
const ROTATED = new RegExp(String.raw`^(.+?)(?:\.\d{1,10}|[-.]${DATE})+(?:\.gz)?$`)

const DATED = new RegExp(`[-.]${DATE}`)

/** The name that a file had before it was rotated to `name`; null when that is no rotated form. */
export function rotatedFrom(name: string): string | null {
  // Of a hundred thousand names nearly all are told by their end, before the long expression is asked.
  if (!isDigit(name.charCodeAt(name.length - 1)) && !name.endsWith('.gz')) return null
  return ROTATED.exec(name)?.[1] ?? null
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** Names that a file may have had before it was copied to `name`: of `app.log.1` these are `app.log` and `app`. */
export function originalsOf(name: string): string[] {
  const fronts = [...name.matchAll(/[-.]/g)].map(({ index }) => name.slice(0, index))
  const dateless = name.replace(DATED, '')
  return [...new Set([...fronts, dateless])].filter((front) => front !== '' && front !== name)
}

/** Whether a copy or a rotation may have made `name` out of `base`: `app.log` gives `app.log.1`, `app.log.bak`, `app-2026.log`. */
export function isNamedAfter(name: string, base: string): boolean {
  const dot = base.indexOf('.', 1)
  return name !== base && name.startsWith(dot < 0 ? base : base.slice(0, dot))
}
