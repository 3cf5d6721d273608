// What a run's files are written in, and the rules for their lines: drawn apart, so that all other seeds stay as they are.

import { lineEndsOf } from '../../src/text/line-ends.ts'
import { Pattern } from '../../src/text/pattern.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'

const CHARSETS = ['utf-16le', 'utf-16be', 'utf-16', 'gbk', 'iso-8859-1']

const pattern = (text: string): Pattern => new Pattern(text, text)

/** Lines begin with their number. */
const START = pattern('^\\d*[05]:')

/** Some runs have another charset, some have events. */
export function withText(settings: Settings, random: Random): Settings {
  const charset = random.chance(0.08) ? random.pick(CHARSETS) : 'utf-8'
  const rules = random.chance(0.15) ? { start: START } : null
  const multilineTimeout = random.pick([50, 400, 2_000])
  const inputs = settings.config.inputs.map((input) => ({
    ...input,
    charset,
    message: { ...input.message, rules, multilineTimeout },
  }))
  // Without a mark, what is in `utf-16` is little endian.
  const ends = lineEndsOf(charset === 'utf-16' ? 'utf-16le' : charset)
  return { ...settings, config: { ...settings.config, inputs }, charset, ends }
}
