import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Place, pannier, place } from './pannier.ts'

const lines = 'a line that is shipped once\n'.repeat(2000)

function packed(home: Place, name: string, text: string): void {
  writeFileSync(join(home.logs, name), gzipSync(text))
}

const readGzips = (home: Place): void =>
  home.configure(`[basic_conf]\ninputpath = ${home.logs}/*.log;${home.logs}/*.log*.gz\n[kafka_conf]\ntopic = t\n`)

test('run --once ships what compressed files hold, and goes on in one that was half read', async (t) => {
  const home = place(t)
  readGzips(home)
  packed(home, 'old.log.1.gz', lines)
  const log = home.write('a.log', lines)
  const first = await pannier(home.path, 'run', '--once', '--stdout')
  assert.equal(first.code, 0, first.err)
  assert.deepEqual(namesIn(first.lines), ['a.log', 'old.log.1.gz'])
  appendFileSync(log, 'appended\n')
  renameSync(log, `${log}.1`)
  execFileSync('gzip', [`${log}.1`])
  assert.ok(existsSync(`${log}.1.gz`))
  const second = await pannier(home.path, 'run', '--once', '--stdout')
  assert.equal(second.code, 0, second.err)
  const shipped = second.lines.map((line) => JSON.parse(line) as { offset: number; content: string })
  assert.deepEqual(
    shipped.map(({ offset, content }) => [offset, content]),
    [[lines.length, 'appended\n']],
  )
})

test('explain tells of compressed files what would be shipped of them, or why not', async (t) => {
  const home = place(t)
  readGzips(home)
  packed(home, 'old.log.1.gz', lines)
  home.write('damaged.log.1.gz', 'no gzip')
  const { code, out, err } = await pannier(home.path, 'explain', '--json')
  assert.equal(code, 0, err)
  const { files } = JSON.parse(out) as { files: { path: string; verdict: string; bytes: number; reason: string }[] }
  const rows = files.map(({ path, verdict, bytes, reason }) => [
    path.slice(home.logs.length + 1),
    verdict,
    bytes,
    reason,
  ])
  assert.deepEqual(rows, [
    ['damaged.log.1.gz', 'skipped', 0, 'incorrect header check'],
    ['old.log.1.gz', 'ships', lines.length, 'a new file'],
  ])
})

test('check counts compressed files that no pattern names to be read', async (t) => {
  const home = place(t)
  home.configure(`[basic_conf]\ninputpath = ${home.logs}/*\n`)
  home.write('a.log', 'one\n')
  packed(home, 'a.log.1.gz', lines)
  const { out } = await pannier(home.path, 'check')
  assert.match(out, /1 file matches$/m)
  assert.match(out, /1 compressed file matches, and is only read by a pattern that ends in \.gz/)
})

function namesIn(messages: readonly string[]): string[] {
  const names = messages.map((message) => (JSON.parse(message) as { filename: string }).filename)
  return [...new Set(names)].map((name) => name.slice(name.lastIndexOf('/') + 1)).toSorted()
}
