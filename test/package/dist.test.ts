import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withTopic } from '../kafka/broker.ts'
import { smoke } from './smoke.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

test('dist/main.js passes the smoke test', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'pannier-dist-'))
  t.after(() => rm(cwd, { recursive: true, force: true }))
  await smoke(t, { command: process.execPath, args: [main], cwd }, await withTopic(t))
})
