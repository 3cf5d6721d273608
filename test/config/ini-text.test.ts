import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseIniText } from '../../src/config/ini-text.ts'

/** The value of the one pair in a section. */
function valueOf(line: string): string | undefined {
  const { pairs, problems } = parseIniText(`[s]\n${line}`)
  assert.deepEqual(problems, [])
  assert.equal(pairs.length, 1)
  return pairs[0]?.value
}

const values = (text: string) => parseIniText(text).pairs.map((pair) => pair.value)
const keys = (text: string) => parseIniText(text).pairs.map((pair) => pair.key)
const problems = (text: string) => parseIniText(text).problems.map(({ line, message }) => `${line}: ${message}`)

describe('a value', () => {
  const untouched = {
    'semicolons that separate globs': '/a/*.log;/b/*.log',
    'hashes and semicolons after a blank': 'a # b ; c',
    'equals signs and colons': 'a=b:c = d',
    'percent signs, as without interpolation': '%(home)s 100%',
    'double quotes': '"quoted"',
    'single quotes': "'quoted'",
    'a quote that is never closed': '"open',
    backslashes: String.raw`.*\.log$ \\ \; \#`,
    'a backslash at the end': 'C:\\logs\\',
    'the word true': 'true',
    'the word null': 'null',
    brackets: '[not a section]',
    'line separators of Unicode inside': 'a\u2028b\u2029c',
    emptiness: '',
  }
  for (const [what, value] of Object.entries(untouched)) {
    it(`keeps ${what}`, () => assert.equal(valueOf(`key = ${value}`), value))
  }

  it('is trimmed', () => assert.equal(valueOf('key =  \t a b \t '), 'a b'))
  it('may follow a colon', () => assert.equal(valueOf('key: value = 1'), 'value = 1'))
  it('may follow the sign without blanks', () => assert.equal(valueOf('key=value'), 'value'))

  it('of any letters comes back to the letter', () => {
    const letters = fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\r\n]/g, ''))
    fc.assert(fc.property(letters, (text) => valueOf(`key = <${text}>`) === `<${text}>`))
  })

  it('of awkward letters comes back to the letter', () => {
    const awkward = fc.string({ unit: fc.constantFrom(...'\\"\';#=[]{}$%:., aé日\t\u2028true'.split('')) })
    fc.assert(fc.property(awkward, (text) => valueOf(`key = <${text}>`) === `<${text}>`))
  })
})

describe('a line indented further than its key', () => {
  it('goes on with the value', () => {
    assert.deepEqual(values('[s]\na = /x\n  /y\n\t/z\nb = 1'), ['/x\n/y\n/z', '1'])
  })
  it('goes on with it over comments and blank lines, of which the blank ones count', () => {
    assert.deepEqual(values('[s]\na = /x\n# no\n\n  ; no\n  /y\n\n\n'), ['/x\n\n/y'])
  })
  it('may look like a pair or a section', () => {
    assert.deepEqual(values('[s]\na = 1\n b = 2\n [t]'), ['1\nb = 2\n[t]'])
  })
  it('is measured against the indent of the key', () => {
    assert.deepEqual(values('[s]\n  a = 1\n  b = 2\n   more'), ['1', '2\nmore'])
  })
})

describe('a key', () => {
  it('is lower-cased', () => assert.deepEqual(keys('[s]\nInputPath = x'), ['inputpath']))
  it('keeps the case of the NAME of a field', () => {
    assert.deepEqual(keys('[s]\nFIELD.Team = x\nfield.TEAM = y'), ['field.Team', 'field.TEAM'])
  })
  it('may end in brackets without becoming a list', () => {
    assert.deepEqual(keys('[s]\na[] = 1\nb[] = 2'), ['a[]', 'b[]'])
  })
  it('may be the name of something that every object has', () => {
    assert.deepEqual(keys('[s]\n__proto__ = 1\nconstructor = 2'), ['__proto__', 'constructor'])
    assert.deepEqual(Object.keys(Object.prototype), [])
  })
})

describe('a section', () => {
  it('with dots, blanks or brackets in its name stays flat', () => {
    const { sections, pairs } = parseIniText('[a.b]\nx = 1\n[a]\nb = 2\n[input:my app [1]]\n[__proto__]\nx = 3')
    assert.deepEqual(sections, [
      { name: 'a.b', line: 1 },
      { name: 'a', line: 3 },
      { name: 'input:my app [1]', line: 5 },
      { name: '__proto__', line: 6 },
    ])
    assert.deepEqual(
      pairs.map(({ section, key, value, line }) => [section, key, value, line]),
      [
        ['a.b', 'x', '1', 2],
        ['a', 'b', '2', 4],
        ['__proto__', 'x', '3', 7],
      ],
    )
  })
})

describe('the line number', () => {
  for (const [what, end] of Object.entries({ LF: '\n', CRLF: '\r\n', CR: '\r' })) {
    it(`is right with line ends of ${what} and with a BOM`, () => {
      const text = ['\ufeff; comment', '[s]', '', 'a = 1', 'b = 2'].join(end)
      assert.deepEqual(parseIniText(text), {
        sections: [{ name: 's', line: 2 }],
        pairs: [
          { section: 's', key: 'a', value: '1', line: 4 },
          { section: 's', key: 'b', value: '2', line: 5 },
        ],
        problems: [],
      })
    })
  }
})

describe('a problem', () => {
  it('is told of a key that is there twice, with both lines', () => {
    assert.deepEqual(problems('[s]\na = 1\n\nA = 2'), ['4: the key is there twice, at lines 2 and 4'])
  })
  it('is told of a section that is there twice, with both lines', () => {
    assert.deepEqual(problems('[s]\na = 1\n[t]\n[s]\nb = 2'), ['4: the section is there twice, at lines 1 and 4'])
  })
  it('is told of a line that is no pair, and the lines after it are read', () => {
    const { pairs } = parseIniText('[s]\nnonsense\na = 1')
    assert.deepEqual(problems('[s]\nnonsense\na = 1'), ['2: the line is neither a pair, a section nor a comment'])
    assert.deepEqual(pairs, [{ section: 's', key: 'a', value: '1', line: 3 }])
  })
  it('is told of a value without a key', () => assert.deepEqual(problems('[s]\n= 1'), ['2: no key before the value']))
  it('is told once of all settings before the first section', () => {
    assert.deepEqual(problems('a = 1\nb = 2\n[s]\nc = 3'), ['1: settings before the first section'])
  })
  it('never quotes a line, which may hold a secret', () => {
    const text = JSON.stringify(parseIniText('hunter2\n[s]\nhunter2\nhunter2 = 1\npw = hunter2\npw = hunter2').problems)
    assert.equal(text.includes('hunter2'), false)
  })
})
