import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BYTES, NAMES } from '../../src/kafka/codecs/zstd-bytes.ts'
import { target, text } from '../../tools/assembly/compile.ts'
import { workerTarget, workerText } from '../../tools/assembly/worker.ts'
import { unpacked, zstdModule, zstdNames } from '../../tools/assembly/zstd.ts'

const hint = 'run: npx tsx tools/assembly/main.ts'

test('the modules that are carried are what the compiler makes of assembly/', async () => {
  assert.equal(readFileSync(target, 'utf8'), await text(), hint)
})

test('the zstd that is carried is that of its package', async () => {
  assert.ok(unpacked(BYTES).equals(await zstdModule()), hint)
  assert.deepEqual(NAMES, await zstdNames(), hint)
})

test('the thread that compresses is made of worker.ts', async () => {
  assert.equal(readFileSync(workerTarget, 'utf8'), await workerText(), hint)
})
