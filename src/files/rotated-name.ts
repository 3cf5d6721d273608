// The names that rotation gives: `.N`, `-DATE` and `.DATE` behind the name of before, with or without `.gz`. Pure.

const DATE = String.raw`\d{4}-?\d{2}-?\d{2}(?:[-_.T]?\d{1,10})*`
const ROTATED = new RegExp(String.raw`^(.+?)(?:\.\d{1,10}|[-.]${DATE})+(?:\.gz)?$`)

/** The name that a file had before it was rotated to `name`; null when that is no rotated form. */
export const rotatedFrom = (name: string): string | null => ROTATED.exec(name)?.[1] ?? null

/** Whether a copy or a rotation may have made `name` out of `base`: `app.log` gives `app.log.1`, `app.log.bak`, `app-2026.log`. */
export function isNamedAfter(name: string, base: string): boolean {
  const dot = base.indexOf('.', 1)
  return name !== base && name.startsWith(dot < 0 ? base : base.slice(0, dot))
}
