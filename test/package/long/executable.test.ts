import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withTopic } from '../../kafka/broker.ts'
import { smoke } from '../smoke.ts'

const name = process.platform === 'win32' ? 'pannier.exe' : 'pannier'
const built = fileURLToPath(new URL(`../../../out/${name}`, import.meta.url))

test('the executable of npm run package passes the smoke test in a folder that holds nothing else', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'pannier-executable-'))
  t.after(() => rm(cwd, { recursive: true, force: true }))
  const command = join(cwd, name)
  await copyFile(built, command)
  assert.deepEqual(await readdir(cwd), [name])
  await smoke(t, { command, args: [], cwd }, await withTopic(t))
})
