import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { target, text } from '../../tools/assembly/compile.ts'

test('the modules that are carried are what the compiler makes of assembly/', async () => {
  assert.equal(readFileSync(target, 'utf8'), await text(), 'run: npx tsx tools/assembly/main.ts')
})
