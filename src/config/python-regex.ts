/**
 * Makes a JavaScript RegExp of a pattern written for Python's `re`, whose users bring their `regex` along.
 *
 * The `v` flag is used since only there `\w`, `\d` and `\b` can be given Python's meaning, which takes in the letters of all
 * scripts. That flag allows no needless escape and few bare punctuators, so literals are written anew.
 * Source of the rules: https://docs.python.org/3/library/re.html
 */
import type { Parsed, ValueType } from './value-type.ts'

const wordClass = '\\p{L}\\p{N}_'
const insideWord = `(?:(?<=[${wordClass}])(?=[${wordClass}])|(?<![${wordClass}])(?![${wordClass}]))`

const escapes: Readonly<Record<string, string>> = {
  A: '(?<![^])',
  Z: '(?![^])',
  a: '\\x07',
  w: `[${wordClass}]`,
  W: `[^${wordClass}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  b: `(?!${insideWord})`,
  B: insideWord,
  s: '\\s',
  S: '\\S',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  f: '\\f',
  v: '\\v',
}
const classEscapes: Readonly<Record<string, string>> = {
  a: '\\x07',
  b: '\\x08',
  w: wordClass,
  W: `[^${wordClass}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: '\\s',
  S: '\\S',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  f: '\\f',
  v: '\\v',
}

/** A pattern for base names, anchored at the start as `re.match` is; empty is null and takes all. */
export const pythonRegex: ValueType<RegExp | null> = {
  name: 'regex',
  rule: "in Python's syntax, may be empty",
  parse(text): Parsed<RegExp | null> {
    if (text === '') return { value: null }
    try {
      return { value: matcher(text) }
    } catch (error) {
      return { refused: `not a regular expression: ${reason(error)}`, hint: "the syntax is that of Python's re" }
    }
  },
}

function matcher(pattern: string): RegExp {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(pattern)
  const flags = leading?.[1] ?? ''
  const unknown = /[^imsu]/.exec(flags)
  if (unknown !== null) throw new SyntaxError(`the flag ${unknown[0]} is not supported`)
  const translated = translate(pattern.slice(leading?.[0].length ?? 0))
  // Without `m` the anchor is the start of the name; with it `^` would also match after a line end inside the name.
  return new RegExp(`(?<![^])(?:${translated})`, `v${[...new Set(flags.replaceAll('u', ''))].join('')}`)
}

/** V8 puts the translated pattern into its message; the user typed another one. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.slice(message.startsWith('Invalid regular expression') ? message.lastIndexOf(': ') + 2 : 0)
}

function translate(pattern: string): string {
  let out = ''
  for (let at = 0; at < pattern.length; ) {
    const [text, length] = piece(pattern.slice(at))
    out += text
    at += length
  }
  return out
}

/** What the first piece of the rest becomes, and how many characters it took. */
function piece(rest: string): [text: string, length: number] {
  const first = rest.charAt(0)
  if (first === '\\') return escaped(rest, escapes)
  if (first === '[') return characterClass(rest)
  if (first === '(') return group(rest)
  if (first === '{') return braces(rest)
  return [first === '}' || first === ']' ? `\\${first}` : first, 1]
}

function escaped(rest: string, known: Readonly<Record<string, string>>): [string, number] {
  const letter = rest.charAt(1)
  if (letter === '') throw new SyntaxError('a backslash at the end')
  const coded = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest)
  if (coded !== null) return [`\\u{${coded[1] ?? coded[2] ?? coded[3]}}`, coded[0].length]
  const reference = /^\\(?:\d{1,2}|k<\w+>|[pP]\{[\w=]+\})/.exec(rest)
  if (reference !== null) return [reference[0], reference[0].length]
  if (!/[a-zA-Z]/.test(letter)) return [literal(letter), 2]
  const text = Object.hasOwn(known, letter) ? known[letter] : undefined
  if (text === undefined) throw new SyntaxError(`unknown escape \\${letter}`)
  return [text, 2]
}

function literal(character: string): string {
  return /[$()*+./?[\\\]^{|}]/.test(character) ? `\\${character}` : character
}

function group(rest: string): [string, number] {
  if (rest.startsWith('(?P<')) return ['(?<', 4]
  const pattern = /^\(\?P=(\w+)\)|^\(\?#[^)]*\)/.exec(rest)
  if (pattern === null) return ['(', 1]
  return [pattern[1] === undefined ? '' : `\\k<${pattern[1]}>`, pattern[0].length]
}

/** `{,3}` is a quantifier in Python and braces that are none are literal. */
function braces(rest: string): [string, number] {
  const quantifier = /^\{(\d*)(,?)(\d*)\}/.exec(rest)
  if (quantifier === null || quantifier[0] === '{}') return ['\\{', 1]
  const [all, least, comma, most] = quantifier
  return [`{${least || '0'}${comma}${most}}`, all.length]
}

/** A `]` that comes first is literal in Python, and so is a `-` that comes first or last. */
function characterClass(rest: string): [string, number] {
  let at = rest.startsWith('[^') ? 2 : 1
  let out = rest.slice(0, at)
  for (const start = at; at < rest.length; ) {
    if (rest[at] === ']' && at > start) return [`${out}]`, at + 1]
    const [text, length] = member(rest.slice(at), at === start)
    out += text
    at += length
  }
  throw new SyntaxError('a [ without its ]')
}

function member(rest: string, isFirst: boolean): [string, number] {
  const first = rest.charAt(0)
  if (first === '\\')
    return /^\\[!-/:-@[-`{-~]/.test(rest) ? [classLiteral(rest.charAt(1)), 2] : escaped(rest, classEscapes)
  const isRange = first === '-' && !isFirst && rest.charAt(1) !== ']'
  return [isRange ? '-' : classLiteral(first), 1]
}

function classLiteral(character: string): string {
  return /[!#$%&()*+,\-./:;<=>?@[\\\]^`{|}~]/.test(character) ? `\\${character}` : character
}
