// The format objects of the files that ship now, made once for each file and session: their metadata is encoded only once.

import type { MessageConfig } from '../config/config.ts'
import type { Birth } from '../state/births.ts'
import type { Charset } from '../text/charset.ts'
import type { FileMeta, Format } from './format.ts'
import { jsonFormat } from './json.ts'
import { type LineHeaders, lineFormat } from './line.ts'
import { rawFormat } from './raw.ts'

interface Made {
  readonly config: MessageConfig
  readonly session: string
  readonly charset: Charset
  readonly format: Format
}

/** One is about 2 kB: what 100,000 files would keep is more than all else that is known of them. */
const KEPT = 256

/** Keyed by the birth, which is another one when the file's partition becomes known; who was served last stands last. */
const made = new Map<Birth, Made>()

export function formatOf(config: MessageConfig, host: string, session: string, birth: Birth, charset: Charset): Format {
  const known = made.get(birth)
  made.delete(birth)
  if (known?.config === config && known.session === session && known.charset === charset) {
    made.set(birth, known)
    return known.format
  }
  const meta = { filename: birth.path, host, session, fileId: birth.id, fields: config.fields }
  const format = formatNamed(config.format, meta, config.lineHeaders, charset)
  made.set(birth, { config, session, charset, format })
  for (const oldest of made.keys()) {
    if (made.size <= KEPT) break
    made.delete(oldest)
  }
  return format
}

type Make = (meta: FileMeta, charset: Charset, lineHeaders: LineHeaders) => Format

export const formatNamed = (
  name: MessageConfig['format'],
  meta: FileMeta,
  lineHeaders: LineHeaders,
  charset: Charset,
): Format => MAKE[name](meta, charset, lineHeaders)

const MAKE: Readonly<Record<MessageConfig['format'], Make>> = {
  json: jsonFormat,
  raw: rawFormat,
  line: (meta, charset, lineHeaders) => lineFormat(meta, lineHeaders, charset),
}
