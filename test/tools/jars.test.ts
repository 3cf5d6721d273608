import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { variableOf } from '../../tools/kafka/docker-cluster.ts'
import { kafkaJars, kafkaVersion } from '../../tools/kafka/jars.ts'

test('two starters at once fill the cache once, and later ones find it filled', async (t) => {
  const cache = cacheWithMaven(t, 'for last; do :; done; echo "$$" > "${last#-DoutputDirectory=}/one.jar"')
  const [first, second] = await Promise.all([kafkaJars(cache), kafkaJars(cache)])
  assert.equal(first, second)
  assert.deepEqual(readdirSync(cache), [`kafka-${kafkaVersion}`])
  const jar = readFileSync(join(first, 'one.jar'), 'utf8')
  assert.equal(await kafkaJars(cache), first)
  assert.equal(readFileSync(join(first, 'one.jar'), 'utf8'), jar)
})

test('when Maven fails its words are in the error and the cache stays empty', async (t) => {
  const cache = cacheWithMaven(t, 'echo "[ERROR] no route to the repository"; exit 1')
  await assert.rejects(kafkaJars(cache), /no route to the repository/)
  assert.deepEqual(readdirSync(cache), [])
})

test('a setting is spelt for the image as its documentation says', () => {
  assert.equal(variableOf('log.segment.bytes'), 'KAFKA_LOG_SEGMENT_BYTES')
  assert.equal(variableOf('a_b-c.d'), 'KAFKA_A__B___C_D')
})

/** Puts a stand-in for Maven first on the PATH; returns an empty cache folder. */
function cacheWithMaven(t: TestContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-test-'))
  const bin = join(folder, 'bin')
  const cache = join(folder, 'cache')
  mkdirSync(bin)
  writeFileSync(join(bin, 'mvn'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'mvn'), 0o755)
  const path = process.env['PATH'] ?? ''
  process.env['PATH'] = bin + delimiter + path
  t.after(() => {
    process.env['PATH'] = path
    rmSync(folder, { recursive: true })
  })
  return cache
}
