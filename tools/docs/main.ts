/** Writes the pages that are made from tables; with --check only says which are stale, and fails if any is. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sampleText } from '../../src/config/sample.ts'
import { referencePage } from './reference.ts'

const top = join(import.meta.dirname, '../..')
const pages: Readonly<Record<string, () => string>> = {
  'config.ini': sampleText,
  'docs/reference/settings.md': referencePage,
}

const stale = Object.entries(pages).filter(([page, make]) => read(page) !== make())
if (process.argv.includes('--check')) {
  for (const [page] of stale) process.stderr.write(`${page} is stale: run npx tsx tools/docs/main.ts\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [page, make] of stale) write(page, make())
}

function read(page: string): string | null {
  try {
    return readFileSync(join(top, page), 'utf8')
  } catch {
    return null
  }
}

function write(page: string, text: string): void {
  mkdirSync(dirname(join(top, page)), { recursive: true })
  writeFileSync(join(top, page), text)
  process.stdout.write(`wrote ${page}\n`)
}
