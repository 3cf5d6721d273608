import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lineBytes, lines } from '../../tools/oracle/lines.ts'
import { startWriter, writeLines } from '../../tools/oracle/writer.ts'
import { until } from './own-kafka.ts'

test('a line is 170 bytes with its tag, its number and its newline, at every run the same', () => {
  const block = lines('app', 41, 2)
  assert.equal(block.length, 2 * lineBytes)
  assert.match(block.subarray(0, lineBytes).toString(), /^app 0000000041 [a-z0-5]+\n$/)
  assert.match(block.subarray(lineBytes).toString(), /^app 0000000042 [a-z0-5]+\n$/)
  assert.deepEqual(block.subarray(lineBytes), lines('app', 42, 1))
})

test('every so many lines one is not UTF-8', () => {
  const block = lines('app', 0, 10, { invalidEvery: 5 })
  const isText = (i: number): boolean => !block.subarray(i * lineBytes, (i + 1) * lineBytes).includes(0xff)
  assert.deepEqual(
    Array.from({ length: 10 }, (_, i) => isText(i)),
    [false, true, true, true, true, false, true, true, true, true],
  )
})

test('many lines are appended in blocks without a seam', (t) => {
  const path = join(folderFor(t), 'a.log')
  writeLines({ path, tag: 'a', count: 15_000 })
  writeLines({ path, tag: 'a', from: 15_000, count: 5000 })
  assert.ok(readFileSync(path).equals(lines('a', 0, 20_000)))
})

test('the paced writer goes on in a new file after a rotation and tells how much it wrote', async (t) => {
  const path = join(folderFor(t), 'a.log')
  const writer = startWriter({ path, tag: 'a', linesPerSecond: 5000, count: 400 })
  t.after(() => writer.stop())
  await until('there are lines', () => writer.written() > 0)
  writer.rotate(`${path}.1`)
  await until('all is written', () => writer.written() === 400)
  assert.equal(writer.stop(), 400)
  const whole = Buffer.concat([readFileSync(`${path}.1`), readFileSync(path)])
  assert.ok(whole.equals(lines('a', 0, 400)))
})

test('as a process it writes until it is told to stop, and its last word is the number of lines', async (t) => {
  const path = join(folderFor(t), 'a.log')
  const program = fileURLToPath(new URL('../../tools/oracle/write.ts', import.meta.url))
  const args = ['--import', 'tsx', program, '--path', path, '--tag', 'a', '--rate', '2000']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const said = once(child.stdout, 'data')
  await until('there are lines', () => existsSync(path) && statSync(path).size > 0)
  child.kill('SIGTERM')
  const [count] = await said
  assert.equal(statSync(path).size, Number(count) * lineBytes)
})

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
