/** The simple types of settings: each reads the text of a value, or says why it cannot. */

export type Parsed<T> = { readonly value: T } | { readonly refused: string; readonly hint?: string }

export interface ValueType<T> {
  /** As the reference page names it: `duration`. */
  readonly name: string
  /** The limits or choices, for the reference page; empty where there are none. */
  readonly rule: string
  parse(text: string): Parsed<T>
}

export const anyText: ValueType<string> = { name: 'text', rule: '', parse: (value) => ({ value }) }

export const someText: ValueType<string> = {
  name: 'text',
  rule: 'not empty',
  parse: (value) => (value === '' ? { refused: 'is empty' } : { value }),
}

export const optionalText: ValueType<string | null> = {
  name: 'text',
  rule: 'may be empty',
  parse: (text) => ({ value: text === '' ? null : text }),
}

export function integer(min: number, max: number): ValueType<number> {
  const rule = `${min} to ${max}`
  return {
    name: 'whole number',
    rule,
    parse(text) {
      if (!/^[+-]?\d+$/.test(text)) return { refused: 'not a whole number', hint: rule }
      const value = Number(text)
      return value < min || value > max ? { refused: 'out of range', hint: rule } : { value }
    },
  }
}

/** The words of Python's configparser.getboolean. */
const yes: readonly string[] = ['yes', 'true', 'on', '1']
const no: readonly string[] = ['no', 'false', 'off', '0']

export const yesNo: ValueType<boolean> = {
  name: 'yes or no',
  rule: 'also true/false, on/off, 1/0',
  parse(text) {
    const word = text.toLowerCase()
    if (yes.includes(word)) return { value: true }
    if (no.includes(word)) return { value: false }
    return { refused: 'neither yes nor no', hint: 'yes, no, true, false, on, off, 1 or 0' }
  },
}

export function choice<const C extends string>(choices: readonly C[]): ValueType<C> {
  const rule = choices.join(', ')
  return {
    name: 'choice',
    rule,
    parse(text) {
      const value = choices.find((one) => one === text.toLowerCase())
      return value === undefined ? { refused: 'not one of the choices', hint: rule } : { value }
    },
  }
}

/** A line end separates too, so that a long list can be written one item a line. */
export function list(separator: ';' | ','): ValueType<readonly string[]> {
  return {
    name: 'list',
    rule: `separated by ${separator === ';' ? 'semicolons' : 'commas'} or line ends`,
    parse: (text) => ({ value: items(text, separator) }),
  }
}

export function items(text: string, separator: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => line.split(separator))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
