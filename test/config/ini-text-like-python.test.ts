import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { parseIniText } from '../../src/config/ini-text.ts'

const script = join(import.meta.dirname, '../fixtures/config/ask_configparser.py')

type PythonAnswer = ReadonlyArray<readonly [section: string, pairs: ReadonlyArray<readonly [string, string]>]> | null

function askPython(texts: readonly string[]): PythonAnswer[] {
  const { stdout, stderr, status } = spawnSync('python3', [script], { input: JSON.stringify(texts), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script's own format
  return JSON.parse(stdout) as PythonAnswer[]
}

/** Ours in the form of Python's answer. */
function ask(text: string): PythonAnswer {
  const { sections, pairs, problems } = parseIniText(text)
  if (problems.length > 0) return null
  return sections.map(({ name }) => [
    name,
    pairs.filter(({ section }) => section === name).map(({ key, value }) => [key, value] as const),
  ])
}

const found = spawnSync('python3', ['-c', 'import configparser'])
const skip =
  found.status === 0 ? false : `no python3 to compare with: ${found.error?.message ?? found.stderr.toString()}`

/** Whole lines that are likely to interact, with a pinch of arbitrary text. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('[s]', '[t.u]', '[a b]', '[x]y]', '[]', '[z] tail') },
  { weight: 12, arbitrary: fc.constantFrom('a = 1', 'B: 2;#3', 'c=', '  d = 4', ' e == 5', 'f : = 6', 'g = "q" \\;') },
  {
    weight: 6,
    arbitrary: fc.constantFrom('  more', '\tmore = still', '    ; no', '# no', ';no', '', '   ', '\x1c', '\u3000x'),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'ab=:[]#; \t\\"\'%\x85\xa0'.split('')) }) },
)
const file = fc.tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\r')).map(([lines, end]) => {
  return ['[first]', ...lines].join(end)
})

it('files are read as python3 reads them, and refused where it refuses them', { skip }, () => {
  const texts = fc.sample(file, { numRuns: 3000, seed: 20_261_120 })
  const answers = askPython(texts)
  for (const [index, text] of texts.entries()) assert.deepEqual(ask(text), answers[index], JSON.stringify(text))
  const accepted = answers.filter((answer) => answer !== null).length
  assert.ok(accepted > 300 && accepted < 2900, `the comparison needs both kinds: ${accepted} of 3000 accepted`)
})
