// A manifest as it was found, from a disk that may have damaged it or from a topic that anybody may write to. Pure.

import type { Manifest, ManifestFile } from '../state/manifest.ts'

export type Parsed =
  | { readonly manifest: Manifest; readonly fault: null }
  | { readonly manifest: null; readonly fault: string }

export function parseManifest(bytes: Buffer): Parsed {
  let found: unknown
  try {
    found = JSON.parse(bytes.toString())
  } catch {
    return { manifest: null, fault: 'it is no JSON' }
  }
  const fault = faultIn(found)
  return fault === null ? { manifest: found as Manifest, fault } : { manifest: null, fault }
}

type Fields = Readonly<Record<string, unknown>>

function faultIn(found: unknown): string | null {
  if (!isFields(found)) return 'it is no object'
  if (found['v'] !== 1) return `its version is ${JSON.stringify(found['v'])}; this Pannier knows version 1`
  if (typeof found['session'] !== 'string' || typeof found['host'] !== 'string') return 'it names no session or no host'
  const { files } = found
  if (!Array.isArray(files)) return 'it has no list of files'
  const bad = files.findIndex((file: unknown) => !isManifestFile(file))
  return bad < 0 ? null : `its file number ${bad + 1} is incomplete`
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isCountOrNull = (value: unknown): boolean => value === null || isCount(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isRange = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isCount) && value[0] <= value[1]

const RULES: Readonly<Record<keyof ManifestFile, (value: unknown) => boolean>> = {
  file_id: isText,
  filename: isText,
  ranges: (value) => Array.isArray(value) && value.every(isRange),
  bytes: isCount,
  lines: isCount,
  messages: isCount,
  crc32: isText,
  filtered: isCount,
  dead_lettered: isCount,
  abandoned: isCount,
  topic: isText,
  partition: isCountOrNull,
  first: isCountOrNull,
  last: isCountOrNull,
}

function isManifestFile(file: unknown): boolean {
  return isFields(file) && Object.entries(RULES).every(([name, isRight]) => isRight(file[name]))
}
