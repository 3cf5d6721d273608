/** Settings from the environment: PANNIER_KAFKA_CONF_BROKERS stands before `brokers` of [kafka_conf] in the file. */
import type { Environment } from './expand.ts'
import { type Given, problemOfKey, type Report } from './given.ts'
import { didYouMean } from './nearest.ts'
import type { SettingTable } from './setting.ts'
import { fieldPrefix } from './settings/message-conf.ts'
import { notYet } from './settings/not-yet.ts'
import { inputPrefix, inputSection, sections } from './settings.ts'

/** One section, or one input, that variables can reach. */
interface Reach {
  readonly section: string
  /** `PANNIER_KAFKA_CONF_` */
  readonly prefix: string
  readonly keys: readonly string[]
  readonly hasFields: boolean
}

/** The pairs of the file, but for those that a variable replaces, and the pairs of the variables. */
export function withEnvironment(
  pairs: readonly Given[],
  inputs: readonly string[],
  env: Environment,
  report: Report,
): Given[] {
  const reaches = [...Object.keys({ ...sections, ...notYet }).filter((name) => name !== 'input'), ...inputs].map(
    reachOf,
  )
  const overriding = Object.entries(env).flatMap(([variable, value]) =>
    value === undefined ? [] : fromVariable({ variable, value }, reaches, pairs, report),
  )
  const replaced = new Set(overriding.map(place))
  return [...pairs.filter((pair) => !replaced.has(place(pair))), ...overriding]
}

function place({ section, key }: Given): string {
  return JSON.stringify([section, key])
}

function reachOf(section: string): Reach {
  const isInput = section.startsWith(inputPrefix)
  const tables: Readonly<Record<string, SettingTable>> = sections
  const table = isInput ? inputSection : tables[section]
  return {
    section,
    prefix: `PANNIER_${upper(section)}_`,
    keys: Object.keys({ ...table, ...notYet[isInput ? 'input' : section] }),
    hasFields: isInput || section === 'message_conf',
  }
}

function upper(name: string): string {
  return name
    .trim()
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '_')
}

interface Variable {
  readonly variable: string
  readonly value: string
}

function fromVariable(set: Variable, reaches: readonly Reach[], pairs: readonly Given[], report: Report): Given[] {
  const found = reaches.flatMap((reach) => {
    const key = keyFor(set.variable, reach, pairs)
    return key === undefined ? [] : [{ section: reach.section, key, ...set }]
  })
  const near = reaches.filter((reach) => set.variable.startsWith(reach.prefix))
  if (found.length > 0 || (near.length === 0 && !set.variable.startsWith('PANNIER_INPUT_'))) return found
  const names = reaches.flatMap((reach) => reach.keys.map((key) => reach.prefix + upper(key)))
  const { hint } = didYouMean(set.variable, names)
  report(problemOfKey({ section: near[0]?.section ?? '', key: '', ...set }, 'names no setting', hint))
  return []
}

function keyFor(
  variable: string,
  { section, prefix, keys, hasFields }: Reach,
  pairs: readonly Given[],
): string | undefined {
  if (!variable.startsWith(prefix)) return undefined
  const rest = variable.slice(prefix.length)
  const fields = upper(fieldPrefix)
  if (!hasFields || !rest.startsWith(fields) || rest === fields) return keys.find((key) => upper(key) === rest)
  // A variable cannot tell the case of NAME: the file does where it has the field, else it is lower case.
  const typed = pairs.find((pair) => pair.section === section && upper(pair.key) === rest)
  return typed?.key ?? fieldPrefix + rest.slice(fields.length).toLowerCase()
}
