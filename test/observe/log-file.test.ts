import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { rollingFile } from '../../src/observe/log-file.ts'

test('a log whose folder cannot be made is told with what to do, and does not hang', () => {
  assert.throws(() => rollingFile('/proc/none/pannier.log', 100, 2), { code: 'LOG_FILE', hint: /log_conf/ })
})

test('a log below a file is told as well', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => rollingFile(join(folder, 'file', 'pannier.log'), 100, 2), { code: 'LOG_FILE' })
})

test('a log is rolled by size, and only so many old ones are kept', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'deep', 'pannier.log')
  const log = rollingFile(path, 12, 2)
  for (const line of ['first\n', 'second\n', 'third\n', 'fourth\n', 'fifth\n']) log.write(line)
  assert.deepEqual(
    [path, `${path}.1`, `${path}.2`].map((file) => readFileSync(file, 'utf8')),
    ['fifth\n', 'fourth\n', 'third\n'],
  )
})
