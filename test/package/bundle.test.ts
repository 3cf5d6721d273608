import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { version } from '../../src/version.ts'
import { bundle } from '../../tools/package/bundle.ts'

const run = promisify(execFile)

async function bundled(t: { after: (end: () => Promise<void>) => void }) {
  const folder = await mkdtemp(join(tmpdir(), 'pannier-bundle-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'pannier.cjs')
  return { file, folder, meta: await bundle(file) }
}

test('the bundle runs where there are no modules, and imports nothing but Node', async (t) => {
  const { file, folder, meta } = await bundled(t)
  const { stdout, stderr } = await run(process.execPath, [file, '-V'], { cwd: folder, env: {} })
  assert.deepEqual([stdout, stderr], [`${version}\n`, ''])
  const foreign = Object.values(meta.inputs).flatMap(({ imports }) => imports.filter((one) => one.external === true))
  assert.deepEqual(
    foreign.map(({ path }) => path).filter((path) => !isBuiltin(path)),
    [],
  )
})

test('the guards and the seam patch the very kafkajs that the client is built from', async (t) => {
  const { meta } = await bundled(t)
  const importers = (path: string): string[] =>
    Object.entries(meta.inputs).flatMap(([from, { imports }]) =>
      imports.some((one) => one.path === path) ? [from] : [],
    )
  const kafkajs = 'node_modules/kafkajs/src'
  assert.ok(importers(`${kafkajs}/broker/index.js`).includes('src/kafka/seam.ts'))
  assert.ok(importers(`${kafkajs}/broker/index.js`).includes(`${kafkajs}/cluster/brokerPool.js`))
  assert.ok(importers(`${kafkajs}/network/requestQueue/index.js`).includes('src/kafka/timer-guard.ts'))
  assert.ok(importers(`${kafkajs}/network/requestQueue/index.js`).includes(`${kafkajs}/network/connection.js`))
})
