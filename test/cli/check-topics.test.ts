import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topicsOf } from '../../src/cli/check-topics.ts'
import { loadConfig } from '../../src/config/load.ts'
import { place } from './pannier.ts'

test('check tells what becomes of names that no topic can have', async (t) => {
  const home = place(t)
  for (const name of ['app.log', 'ä b.log', 'ö b.log', `${'x'.repeat(250)}.log`]) home.write(name, 'one\n')
  const text = `[basic_conf]\ninputpath = ${home.logs}/*.log\nhost = host-1\n[kafka_conf]\ntopic = {basename}\n[input:dated]\ninputpath = ${home.logs}/app.log\ntopic = {host}.{input}.{yyyyMMdd}\n`
  const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: home.path })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const { topics, faults } = await topicsOf(loaded.config)
  const names = [...topics.keys()].map((name) => name.replace(/\d{8}$/, 'DATE'))
  assert.deepEqual(names.toSorted(), ['__b.log', 'app.log', 'host-1.dated.DATE'])
  const told = faults.map(({ verdict, text: words }) => `${verdict} ${words}`)
  assert.equal(told.length, 2)
  assert.match(String(told[0]), /^FAIL topic of .*x\.log: .*which is no legal topic name$/)
  assert.match(
    String(told[1]),
    /^warn topic of .*\/[äö] b\.log: "[äö] b\.log" becomes "__b\.log", and 1 more name likewise, since a topic has only/,
  )
})
