import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { pythonRegex } from '../../src/config/python-regex.ts'

function compile(pattern: string): RegExp {
  const parsed = pythonRegex.parse(pattern)
  if ('refused' in parsed || parsed.value === null) assert.fail(`${pattern}: ${JSON.stringify(parsed)}`)
  return parsed.value
}

const patterns = [
  String.raw`.*\.log$`,
  'app|web',
  String.raw`(?P<app>\w+)-(?P=app)\.log`,
  String.raw`\Aapp.*\Z`,
  '(?i)APP',
  '(?ims)a.p|^web',
  String.raw`\w+\.log`,
  String.raw`\W*[\W_]`,
  String.raw`[\w.-]+\d{4}\-\d\d`,
  '[]a]+',
  '[^]a]+',
  '[a-]+b',
  '[-a]+b',
  String.raw`[\]\-\\]+`,
  'a{,2}b',
  'a{2,}',
  'a{}|x{y}',
  '{a}',
  'a]b}',
  String.raw`\%\-\_\"\/\&\@`,
  '[&&~~@!#$%(){}|/*+,:;<=>?^`"\']+x?',
  String.raw`日\w+`,
  String.raw`.+\b日志`,
  String.raw`a\B.`,
  String.raw`\x61\u0062\U00000063`,
  '(?#comment)app',
  '(?:a|b)(?=p)(?!x)(?<=a)p',
  '(?<!x)app',
  String.raw`(a)\1`,
  '^.\\.log$',
  '[\\d\\s]+',
  'a*?b+?c??',
  '[a-c0-9_]+$',
]
const names =
  `app.log app.log.1 APP.LOG web my-app.log app-app.log app-web.log x-2026-11 a-1234-56 日志.log 日志 aab aa ab b
  ]a] -a-b a-b \\]- a{} x{y} {a} a]b} abc %-_"/&@ &&x ~~ 😀.log ١٢ _ !`
    .split(/\s+/)
    .concat('', ' 1', 'x 日志', 'a\nweb')

const python = `
import json, re, sys, warnings
warnings.simplefilter("ignore")
patterns, names = json.load(sys.stdin)
json.dump([[re.match(p, n) is not None for n in names] for p in patterns], sys.stdout)
`
const found = spawnSync('python3', ['-c', 'import re'])
const skip =
  found.status === 0 ? false : `no python3 to compare with: ${found.error?.message ?? found.stderr.toString()}`

it('patterns match what re.match of python3 matches', { skip }, () => {
  const { stdout, stderr } = spawnSync('python3', ['-c', python], {
    input: JSON.stringify([patterns, names]),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script's own format
  const expected = JSON.parse(stdout) as boolean[][]
  for (const [row, pattern] of patterns.entries()) {
    const regex = compile(pattern)
    for (const [column, name] of names.entries()) {
      assert.equal(regex.test(name), expected[row]?.[column], `${pattern} on ${JSON.stringify(name)}: ${regex}`)
    }
  }
})

describe('a pattern', () => {
  it('is anchored at the start and not at the end, as re.match is', () => {
    assert.equal(compile('app').test('app.log'), true)
    assert.equal(compile('app').test('my-app.log'), false)
    assert.equal(compile('web|app').test('my-app.log'), false)
  })
  it('takes the letters of all scripts for \\w', () => {
    assert.equal(compile(String.raw`\w+\.log$`).test('订单_2026.log'), true)
  })
  it('gives the same answer each time it is asked', () => {
    const regex = compile('(?i)a')
    assert.deepEqual([regex.test('a'), regex.test('a'), regex.test('a')], [true, true, true])
  })
  it('is null when empty', () => assert.deepEqual(pythonRegex.parse(''), { value: null }))
})

describe('a pattern is refused', () => {
  const refused = {
    'with an open group': ['(', 'not a regular expression: Unterminated group'],
    'with an open class': ['[a', 'not a regular expression: a [ without its ]'],
    'with nothing to repeat': ['*.log', 'not a regular expression: Nothing to repeat'],
    'with a letter that Python knows no escape for': ['\\h', 'not a regular expression: unknown escape \\h'],
    'with a backslash at its end': ['a\\', 'not a regular expression: a backslash at the end'],
    'with a flag that cannot be had here': ['(?x)a b', 'not a regular expression: the flag x is not supported'],
  }
  for (const [what, [pattern = '', message]] of Object.entries(refused)) {
    it(what, () => {
      assert.deepEqual(pythonRegex.parse(pattern), { refused: message, hint: "the syntax is that of Python's re" })
    })
  }
})
