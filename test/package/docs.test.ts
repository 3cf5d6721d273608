import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { top } from '../../tools/package/bundle.ts'

const read = (name: string): string => readFileSync(join(top, name), 'utf8')
const decisions = readdirSync(join(top, 'docs/decisions')).map((name) => `docs/decisions/${name}`)
const pages = [
  'README.md',
  'README.zh-CN.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'docs/guarantees.md',
  'docs/rotation.md',
  'docs/compression.md',
  'docs/limits.md',
  ...decisions,
]

test('every test that guarantees.md names is there', () => {
  const named = [...read('docs/guarantees.md').matchAll(/\| `(test\/[\w./-]+)`: (.*) \|$/gm)]
  assert.ok(named.length > 25)
  const missing = named.filter(
    ([, file = '', title = '']) => !existsSync(join(top, file)) || !read(file).includes(title),
  )
  assert.deepEqual(
    missing.map(([line]) => line),
    [],
  )
})

test('every link between the pages leads somewhere', () => {
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.ok(existsSync(join(top, dirname(page), target)), `${page} links to ${target}`)
    }
  }
})

test('every file of ours that a decision names is there', () => {
  for (const page of decisions) {
    for (const [, path = ''] of read(page).matchAll(/`(?:npx tsx )?((?:src|test|tools|bench)\/[\w./-]+)/g)) {
      assert.ok(existsSync(join(top, path)), `${page} names ${path}`)
    }
  }
})

test('a decision has at most 40 lines', () => {
  for (const page of decisions) assert.ok(read(page).split('\n').length <= 41, page)
})
