// The examples of docs/security.md work as they stand there, but for names and places.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { createTopic } from '../../../tools/kafka/admin.ts'
import { agentFor } from '../../kafka/agent.ts'
import { encryptedKey } from '../../kafka/certificates.ts'
import { assertHolds } from '../../kafka/holds.ts'
import { type Listener, type SecureBroker, secureBroker, USERS } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const suite = suiteHooks()
const places = new Map<string, string>()
let broker: SecureBroker
before(async () => {
  broker = await secureBroker(suite)
  const folder = mkdtempSync(join(broker.folder, 'docs-'))
  const ours = broker.ca.issue('agent', { subject: '/O=Acme/CN=agent' })
  const put = (name: string, word: string): string => {
    writeFileSync(join(folder, name), `${word}\n`)
    return join(folder, name)
  }
  places.set('/etc/pannier/ca.pem', broker.ca.cert)
  places.set('/etc/pannier/agent.pem', ours.cert)
  places.set('/etc/pannier/agent.key', encryptedKey(ours.key, 'key-word'))
  places.set('/run/secrets/key-password', put('key-password', 'key-word'))
  places.set('/run/secrets/kafka-password', put('kafka-password', USERS.scram[1]))
  places.set('/run/secrets/client-secret', put('client-secret', broker.tokens.client.secret))
  places.set('https://idp.example/oauth2/token', broker.tokens.url)
})

const page = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8')
const examples = [...page.matchAll(/^## (.+?)\n\n```ini\n(.*?)```/gms)].map(([, title = '', text = '']) => ({
  title,
  text,
}))
const LISTENERS: readonly Listener[] = ['TLS', 'MTLS', 'SASL', 'OAUTH']

test('there is an example for each listener', () => assert.equal(examples.length, LISTENERS.length))

for (const [index, { title, text }] of examples.entries()) {
  test(`the example "${title}" ships`, async (t) => {
    const topic = `example-${index}`
    await createTopic(broker.brokers, topic, { partitions: 1 })
    const agent = agentFor(t, { brokers: [broker.address(LISTENERS[index] ?? 'TLS')], topic })
    agent.write('a.log', 'one\ntwo\n')
    const [, brokers, ...lines] = text.trim().split('\n')
    assert.equal(brokers, 'brokers = kafka.example:9093')
    const settings = [...places].reduce((rest, [from, to]) => rest.replaceAll(from, to), `${lines.join('\n')}\n`)
    const { left, events } = await agent.ship({ settings })
    assert.deepEqual(left, { bytes: 0, files: 0 })
    assert.deepEqual(
      events.filter(({ name }) => name === 'kafka_degraded'),
      [],
    )
    await assertHolds({ brokers: broker.brokers, topic }, agent, ['a.log'])
  })
}
