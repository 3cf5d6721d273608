import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { top } from '../../tools/package/bundle.ts'
import { copiesOf, isSent, type Stage, stagesOf } from './dockerfile.ts'

const read = (name: string): string => readFileSync(join(top, name), 'utf8')
const stages = stagesOf(read('Dockerfile'))
const last = stages.at(-1) as Stage
const only = (word: string): string | undefined => last.instructions.findLast((one) => one.word === word)?.rest

test('everything that the Dockerfile copies is in the tree and gets past .dockerignore', () => {
  const ignore = read('.dockerignore')
  const sources = stages.flatMap((stage) =>
    copiesOf(stage).flatMap(({ from, sources: all }) => (from === null ? all : [])),
  )
  assert.ok(sources.length > 5)
  for (const source of sources) {
    assert.ok(existsSync(join(top, source)), `${source} is not in the tree`)
    assert.ok(isSent(source, ignore), `${source} is left out by .dockerignore`)
  }
  for (const path of ['node_modules', '.git', 'dist', 'test', 'config.ini'])
    assert.equal(isSent(path, ignore), false, path)
})

test('what a stage copies from another one comes from a stage before it', () => {
  for (const [index, stage] of stages.entries()) {
    const before = stages.slice(0, index).map(({ name }) => name)
    for (const { from } of copiesOf(stage)) assert.ok(from === null || before.includes(from), `--from=${from}`)
  }
})

test('the image holds a slim Node 24, runs as no root, keeps its state in a volume, and needs no shell', () => {
  assert.deepEqual([...new Set(stages.map(({ base }) => base))], ['node:24-slim'])
  assert.equal(only('USER'), 'node')
  assert.equal(only('VOLUME'), '/var/lib/pannier')
  assert.equal(only('ENV'), 'PANNIER_BASIC_CONF_STATE_DIR=/var/lib/pannier')
  for (const word of ['ENTRYPOINT', 'CMD'])
    assert.ok(Array.isArray(JSON.parse(only(word) ?? '')), `${word} is not in exec form`)
  const [, probe = ''] = /CMD (.*)$/.exec(only('HEALTHCHECK') ?? '') ?? []
  assert.deepEqual(JSON.parse(probe), ['node', '/app/deploy/healthcheck.mjs'])
})

test('the last line of .dockerignore that matches decides, for all below a folder too', () => {
  assert.equal(isSent('a/b.ts', '*\n!a'), true)
  assert.equal(isSent('a/b.ts', '!a\n*'), false)
  assert.equal(isSent('.npmrc', '*'), false)
  assert.equal(isSent('a/b/c.log', '**/*.log'), false)
  assert.equal(isSent('ab', 'a'), true)
})
