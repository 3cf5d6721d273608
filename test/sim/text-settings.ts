// What a run's files are written in, and the rules for their lines: drawn apart, so that all other seeds stay as they are.

import { lineEndsOf } from '../../src/text/line-ends.ts'
import { Pattern } from '../../src/text/pattern.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'

const CHARSETS = ['utf-16le', 'utf-16be', 'utf-16', 'gbk', 'iso-8859-1']

const pattern = (text: string): Pattern => new Pattern(text, text)

/** Lines begin with their number. */
const START = pattern('^\\d*[05]:')

const DROPPED = pattern('^\\d*7:')
const MANY = pattern('^\\d*[1-8]:')
const ALL = pattern('.|^$')

/** Some runs have another charset, some have events. */
export function withText(settings: Settings, random: Random): Settings {
  const charset = random.chance(0.08) ? random.pick(CHARSETS) : 'utf-8'
  const start = random.chance(0.15) ? START : null
  const exclude = random.chance(0.15) ? random.pick([DROPPED, MANY]) : null
  const rules = start === null && exclude === null ? null : { start, include: random.chance(0.5) ? ALL : null, exclude }
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

/** The filter of single lines, told by what it was made of; null where there is none. */
export function dropsOf({ config, ends }: Settings): ((line: Buffer) => boolean) | null {
  const rules = config.inputs[0]?.message.rules ?? null
  if (rules === null || rules.exclude === null || rules.start !== null) return null
  const begins = rules.exclude === MANY ? /^\d*[1-8]:/ : /^\d*7:/
  // Of a unit of two bytes one is a NUL.
  return (line) =>
    begins.test(
      line
        .subarray(0, 40)
        .toString('latin1')
        .replaceAll(ends.unit === 2 ? '\0' : '', ''),
    )
}
