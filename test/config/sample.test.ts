import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { sampleText } from '../../src/config/sample.ts'
import { sections } from '../../src/config/settings.ts'

const top = join(import.meta.dirname, '../..')

function load(text: string) {
  return loadConfig({ text, path: 'config.ini', env: {}, host: 'h', cwd: '/home/me' })
}

describe('the sample', () => {
  it('loads as it is, without a warning', () => {
    const loaded = load(sampleText())
    assert.deepEqual(loaded.ok ? loaded.warnings : loaded.problems, [])
  })
  it('has all settings of the tables, and no line that is longer than a screen', () => {
    for (const table of Object.values(sections)) {
      for (const key of Object.keys(table)) assert.match(sampleText(), new RegExp(`^#?${key} =`, 'm'))
    }
    for (const line of sampleText().split('\n')) assert.ok(line.length <= 140, line)
  })
  it('means the same when each setting is uncommented', () => {
    const uncommented = sampleText()
      .replace(/^# A further input.*/ms, '')
      .replaceAll(/^#(\w+ =)/gm, '$1')
    assert.notEqual(uncommented, sampleText())
    assert.deepEqual(load(uncommented), load(sampleText()))
  })
})

it('config.ini and the reference page are those that the tables make', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'tools/docs/main.ts', '--check'], {
    cwd: top,
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.equal(readFileSync(join(top, 'config.ini'), 'utf8'), sampleText())
})
