import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { archiveFlags } from '../../tools/kafka/class-archive.ts'
import { javaProblem } from '../../tools/kafka/java-cluster.ts'

const skip = (await javaProblem()) ?? false
const execute = promisify(execFile)

function jarsIn(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-archive-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'jars')
}

test('where no archive can be made brokers start without, and it is not tried again', { skip }, async (t) => {
  const jars = jarsIn(t)
  let tries = 0
  const rehearse = async (): Promise<void> => {
    tries++
  }
  for (let start = 0; start < 2; start++) assert.deepEqual(await archiveFlags(jars, rehearse), [])
  assert.equal(tries, 1)
})

test('an archive is made once, and every JVM after that takes it', { skip }, async (t) => {
  const jars = jarsIn(t)
  const java = (...flags: string[]): Promise<unknown> => execute('java', [...flags, '-cp', join(jars, '*'), '-version'])
  let tries = 0
  const rehearse = async (flags: readonly string[]): Promise<void> => {
    tries++
    await java(...flags)
  }
  const flags = await archiveFlags(jars, rehearse)
  assert.equal(flags.length, 1)
  await java('-Xshare:on', ...flags)
  assert.deepEqual(await archiveFlags(jars, rehearse), flags)
  assert.equal(tries, 1)
  assert.equal(readdirSync(join(jars, '..')).length, 1, 'nothing is left behind')
})
