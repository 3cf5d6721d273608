// Connections whose sessions end while they are used: the agent proves itself anew in time, and no send fails for it.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { loadConfig } from '../../../src/config/load.ts'
import type { SendOutcome } from '../../../src/deliver/broker.ts'
import { KafkaBroker } from '../../../src/kafka/broker.ts'
import { loadCrc32c } from '../../../src/kafka/crc32c.ts'
import { installSeam } from '../../../src/kafka/seam.ts'
import { createTopic, topicPartitions } from '../../../tools/kafka/admin.ts'
import { kafkaJars } from '../../../tools/kafka/jars.ts'
import { batchOfSize } from '../../kafka/batches.ts'
import { until } from '../../process/until.ts'
import { BRIEF_SESSION, type Listener, type SecureBroker, secureBroker, USERS } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const suite = suiteHooks()
let broker: SecureBroker
before(async () => {
  installSeam(loadCrc32c())
  broker = await secureBroker(suite)
})

function connect(t: TestContext, listener: Listener, lines: string): KafkaBroker {
  const text = `[basic_conf]\ninputpath = /a\n[kafka_conf]\nbrokers = ${broker.address(listener)}\n${lines}\n`
  const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: '/' })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  const kafka = new KafkaBroker(loaded.config.kafka, true)
  t.after(() => kafka.close())
  return kafka
}

/** Many small sends, one after the other, for as long as told. Returns how many. */
async function sendFor(kafka: KafkaBroker, topic: string, ms: number): Promise<number> {
  await createTopic(broker.brokers, topic, { partitions: 1 })
  let sent = 0
  for (const end = performance.now() + ms; performance.now() < end; sent++) {
    const outcome = await kafka.send(batchOfSize(topic, 1000))
    assert.equal(outcome.kind, 'acked', `send ${sent}: ${JSON.stringify(outcome)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const [partition] = await topicPartitions(broker.brokers, topic)
  assert.equal(partition?.high, sent)
  return sent
}

for (const [mechanism, [name, word]] of [
  ['plain', USERS.plain],
  ['scram-sha-512', USERS.scram],
] as const) {
  test(`${mechanism}: sends go on over the ends of many short sessions`, async (t) => {
    const kafka = connect(t, 'BRIEF', `sasl = ${mechanism}\nsasl_username = ${name}\nsasl_password = ${word}`)
    const sent = await sendFor(kafka, `brief-${mechanism}`, BRIEF_SESSION * 3.5)
    assert.ok(sent > 100, `${sent} sends`)
  })
}

test('a password that is changed at the broker is taken up within a living connection, from its file', async (t) => {
  const [name, old] = USERS.scram
  const file = join(broker.folder, 'changing-word')
  writeFileSync(file, old)
  await createTopic(broker.brokers, 'changing', { partitions: 1 })
  const kafka = connect(t, 'BRIEF', `sasl = scram-sha-512\nsasl_username = ${name}\nsasl_password_file = ${file}`)
  const send = async (): Promise<SendOutcome> => kafka.send(batchOfSize('changing', 1000))
  assert.equal((await send()).kind, 'acked')
  await changePassword(name, 'new-word')
  const refused = await until('the next login is refused', async () => {
    const outcome = await send()
    return 'fault' in outcome && outcome.fault?.code === 'SASL_REFUSED' ? outcome : null
  })
  assert.match(String('reason' in refused && refused.reason), /refuses the login of sara/)
  writeFileSync(file, 'new-word')
  const taken = await until('the new password is taken', async () => {
    const outcome = await send()
    return outcome.kind === 'acked' ? outcome : null
  })
  assert.equal(taken.kind, 'acked')
  await changePassword(name, old)
})

async function changePassword(user: string, word: string): Promise<void> {
  const entity = ['--entity-type', 'users', '--entity-name', user, '--add-config', `SCRAM-SHA-512=[password=${word}]`]
  const command = ['kafka.admin.ConfigCommand', '--bootstrap-server', broker.brokers.join(), '--alter', ...entity]
  await promisify(execFile)('java', ['-cp', join(await kafkaJars(), '*'), ...command])
}

test('oauthbearer: a token is renewed before its end, and asked for no more often than that', async (t) => {
  const { tokens, ca } = broker
  tokens.lifetime = 6
  const { id, secret } = tokens.client
  const lines = `ssl = yes\nssl_ca = ${ca.cert}\nsasl = oauthbearer\nsasl_username = ${id}\nsasl_password = ${secret}\nsasl_oauth_token_url = ${tokens.url}\nsasl_oauth_scope = logs`
  const earlier = tokens.asked.length
  await sendFor(connect(t, 'OAUTH', lines), 'oauth', 15_000)
  const asked = tokens.asked.slice(earlier)
  assert.ok(asked.length >= 3 && asked.length <= 6, `${asked.length} tokens in 15 s, each good for 6 s`)
  assert.deepEqual(asked[0], { form: { grant_type: 'client_credentials', scope: 'logs' }, given: true })
})
