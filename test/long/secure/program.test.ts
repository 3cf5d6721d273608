// The built program against secured listeners: a new password by SIGHUP, and what goes with a login as everything else does.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { createTopic } from '../../../tools/kafka/admin.ts'
import { homeOf, type Settings } from '../../process/agent.ts'
import { until } from '../../process/until.ts'
import { type SecureBroker, secureBroker, USERS } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const suite = suiteHooks()
let broker: SecureBroker
before(async () => {
  broker = await secureBroker(suite)
})

const [NAME, WORD] = USERS.scram
const TEXT = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join('')

const kafka = (topic: string, more: Record<string, string> = {}): Settings => ({
  kafka_conf: {
    brokers: broker.address('SASL'),
    topic,
    ssl: 'yes',
    ssl_ca: broker.ca.cert,
    sasl: 'scram-sha-512',
    sasl_username: NAME,
    sasl_password: WORD,
    ...more,
  },
})

test('a password in config.ini is corrected by SIGHUP, without a restart', async (t) => {
  await createTopic(broker.brokers, 'reloaded', { partitions: 1 })
  // The old configuration is given that long to ship what it can.
  const home = homeOf(t, { ...kafka('reloaded'), shutdown_conf: { shutdown_timeout: '2s' } })
  home.configure({ kafka_conf: { sasl_password: 'old-word' } })
  writeFileSync(join(home.logs, 'a.log'), TEXT)
  const agent = home.start()
  await until('the login is refused', () => agent.said('kafka_degraded')[0])
  home.configure({})
  agent.signal('SIGHUP')
  await until('the new configuration is started', () => agent.said('started')[1])
  agent.signal('SIGTERM')
  assert.equal(await agent.ended(), 0, agent.words())
  assert.match(agent.words(), /stopped, all shipped/)
})

for (const delivery of ['at_least_once', 'exactly_once']) {
  test(`${delivery}: what was shipped over TLS with a login is verified and restored over it`, async (t) => {
    const topic = `program-${delivery}`
    await createTopic(broker.brokers, topic, { partitions: 2 })
    const home = homeOf(t, kafka(topic, { delivery, compression: 'gzip' }))
    for (const name of ['a.log', 'b.log']) writeFileSync(join(home.logs, name), TEXT)
    for (const words of [['run', '--once'], ['check'], ['verify']]) {
      const command = home.command(...words)
      assert.equal(await command.ended(60_000), 0, command.words())
    }
    const to = join(home.path, 'restored')
    mkdirSync(to)
    const restore = home.command('restore', '--to', to)
    assert.equal(await restore.ended(60_000), 0, restore.words())
    for (const name of ['a.log', 'b.log']) assert.equal(readFileSync(join(to, home.logs, name), 'utf8'), TEXT)
  })
}
