/**
 * First step of configuration: the text of config.ini becomes pairs that know their lines, read as Python's configparser
 * reads them (https://docs.python.org/3/library/configparser.html, strict, without interpolation).
 *
 * The `ini` package cuts values at `;` and `#`, turns `true` into a boolean, nests names with dots, eats backslashes and
 * drops `__proto__`. So it is given each value quoted as JSON and named by the line it stands on, which none of that touches.
 */
import ini from 'ini'
import type { Problem } from './problem.ts'

export interface IniSection {
  readonly name: string
  readonly line: number
}

interface IniPair {
  readonly section: string
  readonly key: string
  readonly value: string
  readonly line: number
}

export interface IniText {
  readonly sections: readonly IniSection[]
  readonly pairs: readonly IniPair[]
  readonly problems: readonly Problem[]
}

interface Entry {
  readonly section: IniSection
  readonly key: string
  readonly line: number
  readonly parts: string[]
}

interface Pass {
  readonly sections: Map<string, IniSection>
  readonly entries: Map<string, Entry>
  readonly problems: Problem[]
  section: IniSection | null
  entry: Entry | null
  indent: number
  saidHeaderless: boolean
}

export function parseIniText(text: string): IniText {
  const pass: Pass = {
    sections: new Map(),
    entries: new Map(),
    problems: [],
    section: null,
    entry: null,
    indent: 0,
    saidHeaderless: false,
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  for (const [index, line] of lines.entries()) takeLine(pass, line, index + 1)
  return {
    sections: [...pass.sections.values()],
    pairs: decode([...pass.entries.values()]),
    problems: pass.problems,
  }
}

function takeLine(pass: Pass, line: string, number: number): void {
  const content = strip(line)
  if (content === '') return void pass.entry?.parts.push('')
  if (content.startsWith('#') || content.startsWith(';')) return
  const indent = line.indexOf(content)
  if (pass.entry !== null && indent > pass.indent) return void pass.entry.parts.push(content)
  pass.indent = indent
  const header = headerIn(content)
  if (header !== null) takeHeader(pass, { name: header, line: number })
  else if (pass.section !== null) takePair(pass, pass.section, content, number)
  else refuseHeaderless(pass, number)
}

/** To the last `]`, as configparser has it: names may hold brackets, dots and spaces. */
function headerIn(content: string): string | null {
  const end = content.lastIndexOf(']')
  return content.startsWith('[') && end > 1 ? content.slice(1, end) : null
}

function takeHeader(pass: Pass, section: IniSection): void {
  const first = pass.sections.get(section.name)
  if (first === undefined) pass.sections.set(section.name, section)
  else {
    const message = `the section is there twice, at lines ${first.line} and ${section.line}`
    refuse(pass, section.name, '', section.line, message, 'put its settings together')
  }
  pass.section = first ?? section
  pass.entry = null
}

function takePair(pass: Pass, section: IniSection, content: string, line: number): void {
  const at = content.search(/[=:]/)
  if (at <= 0) {
    const message = at < 0 ? 'the line is neither a pair, a section nor a comment' : 'no key before the value'
    return refuse(pass, section.name, '', line, message, 'a pair is written key = value')
  }
  const key = lowerCased(strip(content.slice(0, at)))
  const entry = { section, key, line, parts: [strip(content.slice(at + 1))] }
  const id = JSON.stringify([section.name, key])
  const first = pass.entries.get(id)
  if (first === undefined) pass.entries.set(id, entry)
  else refuse(pass, section.name, key, line, `the key is there twice, at lines ${first.line} and ${line}`, 'keep one')
  pass.entry = entry
}

/** As configparser does, except that the NAME of `field.NAME` goes into messages and so stays as it was typed. */
function lowerCased(key: string): string {
  return key.toLowerCase().startsWith('field.') ? `field.${key.slice('field.'.length)}` : key.toLowerCase()
}

function refuseHeaderless(pass: Pass, line: number): void {
  if (!pass.saidHeaderless) refuse(pass, '', '', line, 'settings before the first section', 'begin with [basic_conf]')
  pass.saidHeaderless = true
}

function refuse(pass: Pass, section: string, key: string, line: number, message: string, hint: string): void {
  pass.problems.push({ section, key, value: '', line, message, hint })
}

function decode(entries: readonly Entry[]): IniPair[] {
  const values = ini.parse(entries.map(safeLine).join('\n'))
  return entries.map(({ section, key, line }) => ({
    section: section.name,
    key,
    // String, because ini makes true, false and null of these words even where they are quoted.
    value: String(values[line]),
    line,
  }))
}

function safeLine({ line, parts }: Entry): string {
  const value = parts.join('\n').replace(new RegExp(`${blank}+$`), '')
  // JSON leaves these two alone, and ini takes them for the end of the line.
  return `${line}=${JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}`
}

/** What Python calls white space: JavaScript's own class has the BOM in it and lacks six control characters. */
const blank = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const ends = new RegExp(`^${blank}+|${blank}+$`, 'g')

function strip(text: string): string {
  return text.replace(ends, '')
}
