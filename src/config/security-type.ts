/** The types of settings about security. */
import { items, type Parsed, type ValueType } from './value-type.ts'

/** Null where none is given. What it is wrapped in is made when the settings are put together. */
export const secretText: ValueType<string | null> = {
  name: 'secret',
  rule: 'never shown; may be empty',
  parse: (text) => ({ value: text === '' ? null : text }),
}

export const httpUrl: ValueType<string | null> = {
  name: 'URL',
  rule: 'http or https, may be empty',
  parse(text) {
    if (text === '') return { value: null }
    const url = URL.canParse(text) ? new URL(text) : null
    if (url === null || !/^https?:$/.test(url.protocol)) return { refused: 'not an http or https URL', hint: example }
    if (url.username !== '' || url.password !== '') {
      return { refused: 'holds a name or a password', hint: 'put them into sasl_username and sasl_password' }
    }
    return { value: text }
  },
}

const example = 'e.g. https://idp.example/oauth2/token'

/** RFC 7628, 3.1: keys are letters, values are printable. */
export const extensions: ValueType<Readonly<Record<string, string>>> = {
  name: 'list of name=value',
  rule: 'separated by semicolons or line ends',
  parse(text): Parsed<Readonly<Record<string, string>>> {
    const pairs = items(text, ';').map((item) => /^([A-Za-z]+)\s*=\s*([\x20-\x7e]*)$/.exec(item))
    if (pairs.includes(null))
      return { refused: 'not name=value', hint: 'e.g. logicalCluster=lkc-1;identityPoolId=pool-2' }
    return { value: Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? ''])) }
  },
}
