/** Reads the pairs of one section by its table: typed values where all is well, a problem where not. */
import { type Given, problemOf, problemOfKey, type Report } from './given.ts'
import { didYouMean } from './nearest.ts'
import type { SettingTable, ValuesOf } from './setting.ts'
import { fieldPrefix } from './settings/message-conf.ts'
import { isDefault, notYet } from './settings/not-yet.ts'
import { sections } from './settings.ts'

/** What the pairs set and nothing else; `kind` is the section's name, or `input`. */
export function readSection<S extends SettingTable>(
  kind: string,
  table: S,
  pairs: readonly Given[],
  report: Report,
): Partial<ValuesOf<S>> {
  const read: Array<readonly [string, unknown]> = []
  for (const given of pairs) {
    const setting = Object.hasOwn(table, given.key) ? table[given.key] : undefined
    if (setting === undefined) {
      if (!isField(kind, given)) reportStranger(kind, Object.keys(table), given, report)
      continue
    }
    const parsed = setting.type.parse(given.value.trim())
    if ('refused' in parsed) report(problemOf(given, parsed.refused, commentHint(given.value) ?? parsed.hint))
    else read.push([given.key, parsed.value])
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table gave each value its type
  return Object.fromEntries(read) as Partial<ValuesOf<S>>
}

/** Many other tools take what follows ` ;` or ` #` for a comment. */
function commentHint(value: string): string | undefined {
  return /\s[;#]\s/.test(value) ? 'a comment needs a line of its own' : undefined
}

export function defaultsOf<S extends SettingTable>(table: S): ValuesOf<S> {
  const read = Object.entries(table).map(([key, { type, default: text }]) => {
    const parsed = type.parse(text)
    if ('refused' in parsed) throw new Error(`the default of ${key}: ${parsed.refused}`)
    return [key, parsed.value] as const
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return Object.fromEntries(read) as ValuesOf<S>
}

/** The `field.NAME` pairs by NAME. */
export function readFields(pairs: readonly Given[], report: Report): Record<string, string> {
  const fields = pairs.filter(({ key }) => key.startsWith(fieldPrefix))
  for (const given of fields) if (given.key === fieldPrefix) report(problemOf(given, 'the field has no name'))
  return Object.fromEntries(fields.map(({ key, value }) => [key.slice(fieldPrefix.length), value]))
}

function isField(kind: string, { key }: Given): boolean {
  return key.startsWith(fieldPrefix) && (kind === 'message_conf' || kind === 'input')
}

function reportStranger(kind: string, known: readonly string[], given: Given, report: Report): void {
  const reserved = notYet[kind] ?? {}
  const later = Object.hasOwn(reserved, given.key) ? reserved[given.key] : undefined
  if (later === undefined) return report(problemOfKey(given, 'no such setting', hintFor(kind, known, given.key)))
  if (isDefault(later, given.value.trim())) return
  const hint = later.default === '' ? 'leave it empty' : `only ${given.key} = ${later.default} is`
  report(problemOfKey(given, 'not available in this version', hint))
}

function hintFor(kind: string, known: readonly string[], key: string): string | undefined {
  const home = Object.entries(sections).find(([name, table]) => name !== kind && Object.hasOwn(table, key))
  if (home !== undefined) return `it belongs in [${home[0]}]`
  return didYouMean(key, [...known, ...Object.keys(notYet[kind] ?? {})]).hint
}
