// The format objects of files, made once for each file and session: their metadata is encoded only once.

import type { MessageConfig } from '../config/config.ts'
import type { Birth } from '../state/births.ts'
import type { FileMeta, Format } from './format.ts'
import { jsonFormat } from './json.ts'
import { lineFormat } from './line.ts'
import { rawFormat } from './raw.ts'

interface Made {
  readonly config: MessageConfig
  readonly session: string
  readonly format: Format
}

// Keyed by the birth, which lives as long as the file does: what is forgotten there is forgotten here.
const made = new WeakMap<Birth, Made>()

export function formatOf(config: MessageConfig, host: string, session: string, birth: Birth): Format {
  const known = made.get(birth)
  if (known !== undefined && known.config === config && known.session === session) return known.format
  const meta = { filename: birth.path, host, session, fileId: birth.id, fields: config.fields }
  const format = MAKE[config.format](meta, config)
  made.set(birth, { config, session, format })
  return format
}

const MAKE: Readonly<Record<MessageConfig['format'], (meta: FileMeta, config: MessageConfig) => Format>> = {
  json: jsonFormat,
  raw: rawFormat,
  line: (meta, { lineHeaders }) => lineFormat(meta, lineHeaders),
}
