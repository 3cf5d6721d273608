/**
 * The type of settings that are held against lines: Python's syntax, as in `regex`, made RE2's, which lacks what needs to go back.
 * Source of the rules: https://docs.python.org/3/library/re.html and https://github.com/google/re2/wiki/Syntax
 */
import { Pattern } from '../text/pattern.ts'
import type { Parsed, ValueType } from './value-type.ts'

const word = '\\p{L}\\p{N}_'
const space = '\\s\\v\\x1c-\\x1f\\x{85}\\p{Z}'

const same = (letters: string): [string, string][] => letters.split('').map((letter) => [letter, `\\${letter}`])

const outside = new Map([
  ...same('AbBnrtfva'),
  ['w', `[${word}]`],
  ['W', `[^${word}]`],
  ['d', '\\p{Nd}'],
  ['D', '\\P{Nd}'],
  ['s', `[${space}]`],
  ['S', `[^${space}]`],
  ['Z', '\\z'],
])
const inside = new Map([
  ...same('nrtfva'),
  ['w', word],
  ['d', '\\p{Nd}'],
  ['D', '\\P{Nd}'],
  ['s', space],
  ['b', '\\x08'],
])

export const linePattern: ValueType<Pattern | null> = {
  name: 'regex',
  rule: "in Python's syntax without lookaround and back references, may be empty",
  parse(text): Parsed<Pattern | null> {
    if (text === '') return { value: null }
    try {
      return { value: new Pattern(text, translate(text)) }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return {
        refused: `not a regular expression for lines: ${message.replace(/^error parsing regexp: /, '')}`,
        hint: "Python's syntax; what would have to go back in a line is left out, so that no line can hold Pannier up",
      }
    }
  },
}

function translate(pattern: string): string {
  let out = ''
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const [text, length] = rest.startsWith('[') ? characterClass(rest) : piece(rest)
    out += text
    at += length
  }
  return out
}

function piece(rest: string): [text: string, length: number] {
  if (rest.startsWith('\\')) return escaped(rest, outside)
  const looking = /^\(\?(?:=|!|<=|<!)/.exec(rest)
  if (looking !== null) throw new SyntaxError(`${looking[0]} looks around`)
  if (rest.startsWith('(?P=')) throw new SyntaxError('(?P=...) refers back')
  const comment = /^\(\?#[^)]*\)/.exec(rest)
  if (comment !== null) return ['', comment[0].length]
  const flags = /^\(\?([a-zA-Z]+)\)/.exec(rest)
  if (flags !== null) return withFlags(flags[0], String(flags[1]))
  const atMost = /^\{,(\d+)\}/.exec(rest)
  return atMost === null ? [rest.charAt(0), 1] : [`{0,${atMost[1]}}`, atMost[0].length]
}

function withFlags(text: string, flags: string): [string, number] {
  const unknown = /[^imsu]/.exec(flags)
  if (unknown !== null) throw new SyntaxError(`the flag ${unknown[0]} is not supported`)
  const kept = flags.replaceAll('u', '')
  return [kept === '' ? '' : `(?${kept})`, text.length]
}

function escaped(rest: string, known: ReadonlyMap<string, string>): [string, number] {
  const coded = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest)
  if (coded !== null) return [`\\x{${coded[1] ?? coded[2] ?? coded[3]}}`, coded[0].length]
  const property = /^\\[pP](?:\{\^?\w+\}|[A-Z])/.exec(rest)
  if (property !== null) return [property[0], property[0].length]
  const letter = String.fromCodePoint(rest.codePointAt(1) ?? 0)
  if (rest.length === 1) throw new SyntaxError('a backslash at the end')
  if (/[1-9]/.test(letter)) throw new SyntaxError(`\\${letter} refers back`)
  const text = known.get(letter)
  if (text === undefined && /[a-zA-Z0-9]/.test(letter)) throw new SyntaxError(`unknown escape \\${letter}`)
  return [text ?? (letter > '\x7f' ? letter : `\\${letter}`), 1 + letter.length]
}

/** A `]` that comes first is literal, in both. */
function characterClass(rest: string): [string, number] {
  let at = rest.startsWith('[^') ? 2 : 1
  let out = rest.slice(0, at)
  for (const start = at; at < rest.length; ) {
    const first = rest.charAt(at)
    if (first === ']' && at > start) return [`${out}]`, at + 1]
    const [text, length] =
      first === '\\' ? escaped(rest.slice(at), inside) : [/[[\]]/.test(first) ? `\\${first}` : first, 1]
    out += text
    at += length
  }
  throw new SyntaxError('a [ without its ]')
}
