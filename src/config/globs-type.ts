/** The type of settings that are lists of globs, in which a date may be left open. */
import { dateTokens, unknownDate } from '../support/date-tokens.ts'
import { list, type ValueType } from './value-type.ts'

const texts = list(';')

export const globs: ValueType<readonly string[]> = {
  ...texts,
  parse(text) {
    const parsed = texts.parse(text)
    const token = 'value' in parsed ? parsed.value.map(unknownDate).find((one) => one !== undefined) : undefined
    if (token === undefined) return parsed
    return { refused: `${token} is no date token`, hint: `there are ${dateTokens.join(' ')}` }
  },
}
