import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { loadConfig } from '../../src/config/load.ts'
import { top } from '../../tools/package/bundle.ts'

const run = promisify(execFile)
const pages = ['README.md', 'README.zh-CN.md']
const [english = '', chinese = ''] = pages.map((page) => readFileSync(join(top, page), 'utf8'))

type Message = { file_id: string; offset: number; length: number }
type Rule = (message: Message, bytes: Buffer) => Buffer

const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, body = '']) => body)

/** A new one each time: it keeps what it saw. */
const rule = (): Rule => runInNewContext(`${blocks(english, 'js')[0]}; unseen`, { Buffer }) as Rule

test('the rule of the README gives every byte once, however messages repeat and overlap', () => {
  const file = Buffer.from(Array.from({ length: 60 }, (_, index) => index))
  const range = fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 30 }), fc.constantFrom('a', 'b'))
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), (ranges) => {
      const unseen = rule()
      const got: Record<string, number[]> = { a: [], b: [] }
      const sent: Record<string, Set<number>> = { a: new Set(), b: new Set() }
      for (const [offset, wanted, file_id] of ranges) {
        const bytes = file.subarray(offset, offset + wanted)
        got[file_id]?.push(...unseen({ file_id, offset, length: bytes.length }, bytes))
        for (const byte of bytes) sent[file_id]?.add(byte)
      }
      const inOrder = (bytes: Iterable<number>): number[] => [...bytes].toSorted((a, b) => a - b)
      for (const id of ['a', 'b']) assert.deepEqual(inOrder(got[id] ?? []), inOrder(sent[id] ?? []))
    }),
  )
})

test('a message that goes on where the last one ended passes whole, the same one again not at all', () => {
  const unseen = rule()
  const bytes = Buffer.from('0123456789')
  const message = (offset: number, end: number) =>
    unseen({ file_id: 'f', offset, length: end - offset }, bytes.subarray(offset, end))
  assert.equal(String(message(0, 4)), '0123')
  assert.equal(String(message(0, 4)), '')
  assert.equal(String(message(2, 10)), '456789')
})

test('the config.ini of the README is one', () => {
  const [text = ''] = blocks(english, 'ini')
  const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'h', cwd: '/' })
  assert.deepEqual(loaded.ok ? loaded.warnings : loaded.problems, [])
})

test('both languages have the same code, output and number of headings', () => {
  const shape = (text: string): unknown => [
    ...['js', 'ini', 'json', 'text'].map((language) => blocks(text, language)),
    text.match(/^ {4}\S.*?(?= {3}|$)/gm),
    text.match(/^#+ /gm),
    text.match(/^\|/gm),
  ]
  assert.deepEqual(shape(chinese), shape(english))
})

test('every command and every npm script that the README names is there', async () => {
  const { scripts } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  for (const [, name = ''] of english.matchAll(/npm run ([\w:]+)/g)) assert.ok(name in scripts, name)
  const { stdout } = await run(process.execPath, [join(top, 'dist/main.js'), '--help'])
  for (const [, name = ''] of english.matchAll(/(?:\$ |&& |`|^ {4})pannier ([a-z]+)/gm)) {
    assert.ok(name === 'pannier' || stdout.includes(`  ${name} `), name)
  }
})
