import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { sampleText } from '../../src/config/sample.ts'

const sample = sampleText().replace(/^# A further input.*/ms, '')
const full = `${sample.replaceAll(/^#(\w+ =)/gm, '$1')}
[input:web]
inputpath = /w/{a,b}/[xy]*.log;
regex = (?i)(?P<n>[\\w.-]+)\\d{4}$
topic = {basename}
field.team = \${TEAM:-core}
[http_conf]
listen =
`

const scraps = fc.oneof(
  fc.constantFrom(
    '[',
    ']',
    '=',
    ':',
    ';',
    '#',
    '\n',
    '\r',
    ' ',
    '\t',
    '"',
    '\\',
    '${',
    '}',
    '$${',
    '{',
    '(',
    '*',
    '\u2028',
    '\0',
  ),
  fc.constantFrom(
    '\n[x]\n',
    '\nfield.',
    '\n[input:',
    '-1',
    '1e9',
    '9'.repeat(40),
    'auto',
    'toString',
    '__proto__',
    '\n ',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

/** Cuts something out of the text and puts a scrap in its place. */
const mutation = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat({ max: 20 }), scrap: scraps })
const mutated = fc.array(mutation, { minLength: 1, maxLength: 6 }).map((mutations) => {
  return mutations.reduce((text, { at, cut, scrap }) => {
    const start = Math.floor(at * text.length)
    return text.slice(0, start) + scrap + text.slice(start + cut)
  }, full)
})
const variables = fc.dictionary(
  fc.constantFrom(
    'TEAM',
    'PANNIER_BASIC_CONF_REGEX',
    'PANNIER_INPUT_WEB_TOPIC',
    'PANNIER_KAFKA_CONF_X',
    'PANNIER_INPUT_',
  ),
  scraps,
)
const env = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: variables })

it('the file that is mutated is a good one', () => {
  assert.equal(loadConfig({ text: full, path: 'config.ini', env: {}, host: 'h', cwd: '/' }).ok, true)
})

it('whatever the file holds, the answer is a config or problems that can be printed', () => {
  const seen = { ok: 0, refused: 0 }
  fc.assert(
    fc.property(mutated, env, (text, set) => {
      const loaded = loadConfig({ text, path: 'config.ini', env: set, host: 'h', cwd: '/' })
      seen[loaded.ok ? 'ok' : 'refused'] += 1
      for (const problem of loaded.ok ? loaded.warnings : loaded.problems) {
        assert.match(formatProblem(problem, 'config.ini'), /^[^\n]+: [^\n]+$/)
      }
      assert.ok(loaded.ok || loaded.problems.length > 0)
    }),
    { numRuns: 5000 },
  )
  // About 110 of the 5,000 stay good ones.
  assert.ok(seen.ok > 50 && seen.refused > 50, JSON.stringify(seen))
})
