// The example of docs/topics.md works as it stands there, but for names and places.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { topicConfig, topicPartitions } from '../../../tools/kafka/admin.ts'
import { withAdmin } from '../../../tools/kafka/client.ts'
import { startOwnKafka } from '../../../tools/kafka/start-kafka.ts'
import { homeOf } from '../../process/agent.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/topics.md'), 'utf8')
const [, example = ''] = /```ini\n(.*?)```/s.exec(page) ?? []

test('the example creates its topics, each with the files of its input', async (t) => {
  const cluster = await startOwnKafka({ nodes: 3 })
  t.after(() => cluster.stop())
  const home = homeOf(t, {})
  const folders = ['/var/log/app', '/srv/web', '/var/log/audit']
  for (const folder of folders) {
    const file = join(home.path, folder, 'a.log')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `of ${folder}\n`)
  }
  const text = folders
    .reduce((rest, folder) => rest.replaceAll(`= ${folder}`, `= ${home.path}${folder}`), example)
    .replace('kafka.example:9092', cluster.brokers.join())
    .replace('[basic_conf]\n', `[basic_conf]\nhost = host-1\nstate_dir = ${home.path}/state\n`)
  writeFileSync(home.config, text)
  const check = home.command('check')
  assert.equal(await check.ended(60_000), 0, check.words())
  assert.match(
    check.words(),
    /topic "logs\.host-1" does not exist; it will be created with 6 partitions, 3 replicas, retention\.ms=604800000/,
  )
  assert.deepEqual(await withAdmin(cluster.brokers, (admin) => admin.listTopics()), [], 'check creates nothing')
  const agent = home.start('--once')
  assert.equal(await agent.ended(60_000), 0, agent.words())
  const topics = await withAdmin(cluster.brokers, (admin) => admin.listTopics())
  const today = topics.find((name) => /^audit-\d{8}$/.test(name)) ?? ''
  assert.deepEqual(topics.toSorted(), [today, 'logs.host-1', 'web.a.log'])
  for (const topic of topics) {
    const partitions = await topicPartitions(cluster.brokers, topic)
    assert.deepEqual([partitions.length, partitions[0]?.inSync.length], [6, 3])
    assert.equal(
      partitions.reduce((sum, { high }) => sum + high, 0),
      1,
    )
    assert.equal((await topicConfig(cluster.brokers, topic))['min.insync.replicas'], '2')
  }
})
