/** The type of `charset`: a name that people use becomes the one that messages carry. */
import { charsetNames, namedCharset, whyNot } from '../text/charset-names.ts'
import { didYouMean } from './nearest.ts'
import type { ValueType } from './value-type.ts'

export const charset: ValueType<string> = {
  name: 'charset',
  rule: 'utf-8, gbk, gb18030, big5, shift_jis, euc-jp, euc-kr, utf-16, utf-16le, utf-16be, iso-8859-1, windows-1251 ...',
  parse(text) {
    const named = namedCharset(text)
    if (named !== undefined) return { value: named.name }
    const why = whyNot(text)
    if (why !== null) return { refused: 'a charset that cannot be read', hint: why }
    return { refused: 'not a charset that is known', hint: 'e.g. gbk', ...didYouMean(text, charsetNames) }
  },
}
