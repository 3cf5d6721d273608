// What an ACL forbids is told with the principal, the operation and the topic; once it is allowed, shipping goes on.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import kafkajs from 'kafkajs'
import type { KafkaConfig } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { KafkaBroker } from '../../../src/kafka/broker.ts'
import { loadCrc32c } from '../../../src/kafka/crc32c.ts'
import { probeTopics } from '../../../src/kafka/probe.ts'
import { openReader } from '../../../src/kafka/reader.ts'
import { installSeam } from '../../../src/kafka/seam.ts'
import { createTopic } from '../../../tools/kafka/admin.ts'
import { withAdmin } from '../../../tools/kafka/client.ts'
import { kafkaConf, pannier, place } from '../../cli/pannier.ts'
import { agentFor } from '../../kafka/agent.ts'
import { assertHolds } from '../../kafka/holds.ts'
import { type Listener, type SecureBroker, secureBroker, USERS } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const { ALLOW, DENY } = kafkajs.AclPermissionTypes
const { CREATE, DESCRIBE, READ, WRITE } = kafkajs.AclOperationTypes
const { CLUSTER, TOPIC } = kafkajs.AclResourceTypes

const suite = suiteHooks()
let broker: SecureBroker
before(async () => {
  installSeam(loadCrc32c())
  broker = await secureBroker(suite)
})

interface Rule {
  readonly topic?: string
  readonly principal: string
  readonly operation: kafkajs.AclOperationTypes
  readonly permissionType?: kafkajs.AclPermissionTypes
}

async function rule({ topic, principal, operation, permissionType = ALLOW }: Rule): Promise<void> {
  const resource = { resourceType: topic === undefined ? CLUSTER : TOPIC, resourceName: topic ?? 'kafka-cluster' }
  const rest = { resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL, host: '*', principal, operation }
  await withAdmin(broker.brokers, (admin) => admin.createAcls({ acl: [{ ...resource, ...rest, permissionType }] }))
}

/** Once somebody is named, all others have no right. */
async function closedTopic(topic: string): Promise<void> {
  await createTopic(broker.brokers, topic, { partitions: 1 })
  await rule({ topic, principal: 'User:somebody', operation: READ })
}

const scram = (): string =>
  `ssl = yes\nssl_ca = ${broker.ca.cert}\nsasl = scram-sha-512\nsasl_username = ${USERS.scram[0]}\nsasl_password = ${USERS.scram[1]}\n`

function config(listener: Listener, lines: string): KafkaConfig {
  const text = `[basic_conf]\ninputpath = /a\n[kafka_conf]\nbrokers = ${broker.address(listener)}\n${lines}\n`
  const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: '/' })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.config.kafka
}

const command = (operation: string, topic: string, principal = 'User:sara'): RegExp =>
  new RegExp(`kafka-acls\\.sh --add --allow-principal ${principal} --operation ${operation} --topic ${topic}$`)

test('a topic that may not even be seen', async (t) => {
  await closedTopic('unseen')
  const kafka = new KafkaBroker(config('SASL', scram()), true)
  t.after(() => kafka.close())
  const message = 'the broker refuses User:sara the operation Describe on topic "unseen"'
  await assert.rejects(kafka.facts('unseen'), { code: 'TOPIC_DENIED', message, hint: command('Describe', 'unseen') })
})

test('a topic that may not be created', async (t) => {
  await rule({ principal: 'User:sara', operation: CREATE, permissionType: DENY })
  await rule({ topic: 'unmade', principal: 'User:sara', operation: DESCRIBE })
  const kafka = new KafkaBroker(config('SASL', `${scram()}create_topic = yes`), true)
  t.after(() => kafka.close())
  const message = 'the broker refuses User:sara the operation Create on topic "unmade"'
  await assert.rejects(kafka.facts('unmade'), { code: 'TOPIC_DENIED', message, hint: command('Create', 'unmade') })
})

test('a topic that may not be written: told once and by check, and written as soon as it may be', async (t) => {
  await closedTopic('unwritten')
  await rule({ topic: 'unwritten', principal: 'User:sara', operation: DESCRIBE })
  const [probe] = await probeTopics(config('SASL', scram()), ['unwritten'])
  assert.deepEqual([probe?.mayWrite, probe?.principal], [false, 'User:sara'])
  const agent = agentFor(t, { brokers: [broker.address('SASL')], topic: 'unwritten' })
  agent.write('a.log', 'one\ntwo\n')
  const shipment = await agent.ship({
    settings: scram(),
    told: ({ name }) => {
      if (name === 'kafka_degraded') void rule({ topic: 'unwritten', principal: 'User:sara', operation: WRITE })
    },
  })
  assert.deepEqual(shipment.left, { bytes: 0, files: 0 })
  const [degraded, ...more] = shipment.events.filter((event) => event.name === 'kafka_degraded')
  assert.equal(degraded?.reason, 'the broker refuses User:sara the operation Write on topic "unwritten"')
  assert.match(String(degraded?.hint), command('Write', 'unwritten'))
  assert.deepEqual(more, [])
  await assertHolds({ brokers: broker.brokers, topic: 'unwritten' }, agent, ['a.log'])
})

test('check names the principal, the operation and the topic', async (t) => {
  await closedTopic('checked')
  await rule({ topic: 'checked', principal: 'User:sara', operation: DESCRIBE })
  const home = place(t, `${kafkaConf([broker.address('SASL')], 'checked')}${scram()}`)
  const { code, lines } = await pannier(home.path, 'check')
  assert.equal(code, 1)
  const acl = (operation: string): string =>
    `allow it: kafka-acls.sh --add --allow-principal User:sara --operation ${operation} --topic checked`
  assert.deepEqual(
    lines.filter((line) => line.includes('"checked"') && !line.startsWith('ok')),
    [
      `warn  topic "checked": max.message.bytes and cleanup.policy may not be asked; Kafka's default 1048588 is assumed — ${acl('DescribeConfigs')}`,
      `FAIL  topic "checked": User:sara may not write (operation Write) — ${acl('Write')}`,
    ],
  )
})

test('reading back what may not be read', async (t) => {
  await closedTopic('unread')
  await rule({ topic: 'unread', principal: 'User:sara', operation: WRITE })
  const settings = config('SASL', scram())
  const kafka = new KafkaBroker(settings, true)
  t.after(() => kafka.close())
  await kafka.publish('unread', 'key', Buffer.from('value'))
  const reader = openReader(settings)
  t.after(() => reader.close())
  const read = async (): Promise<void> => {
    for await (const records of reader.read('unread', 0, 0, 1)) assert.fail(`${records.length} records`)
  }
  const message = /refuses User:sara the operation Read on topic "unread"/
  await assert.rejects(read(), { code: 'TOPIC_DENIED', message, hint: command('Read', 'unread') })
})

test('the principal of a certificate is its name as Java writes it, that of a token its subject', async (t) => {
  await closedTopic('named')
  const ours = broker.ca.issue('named', { subject: '/C=DE/O=Acme, Inc/OU=ops/CN=agent' })
  const mtls = `ssl = yes\nssl_ca = ${broker.ca.cert}\nssl_cert = ${ours.cert}\nssl_key = ${ours.key}`
  const { id, secret } = broker.tokens.client
  const oauth = `ssl = yes\nssl_ca = ${broker.ca.cert}\nsasl = oauthbearer\nsasl_username = ${id}\nsasl_password = ${secret}\nsasl_oauth_token_url = ${broker.tokens.url}`
  for (const [listener, lines, principal] of [
    ['MTLS', mtls, 'User:CN=agent,OU=ops,O=Acme\\, Inc,C=DE'],
    ['OAUTH', oauth, 'User:olga'],
  ] as const) {
    const kafka = new KafkaBroker(config(listener, lines), true)
    t.after(() => kafka.close())
    await assert.rejects(kafka.facts('named'), {
      message: `the broker refuses ${principal} the operation Describe on topic "named"`,
    })
    // And so it is the broker's own name for it: a rule with it is obeyed.
    await rule({ topic: 'named', principal, operation: DESCRIBE })
    assert.equal((await kafka.facts('named')).partitions, 1)
  }
})
