// Every way of being secured carries the same bytes; what is renewed on the way needs no restart.

import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { createTopic } from '../../../tools/kafka/admin.ts'
import { type Agent, agentFor, type Shipment, type ShipmentOptions } from '../../kafka/agent.ts'
import type { TestTopic } from '../../kafka/broker.ts'
import { authority, encryptedKey, type Leaf } from '../../kafka/certificates.ts'
import { assertHolds } from '../../kafka/holds.ts'
import { type Listener, type SecureBroker, secureBroker, USERS } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const suite = suiteHooks()
const DONE = { bytes: 0, files: 0 }
let broker: SecureBroker
let ours: Leaf
before(async () => {
  broker = await secureBroker(suite)
  ours = broker.ca.issue('agent', { subject: '/O=Acme/CN=agent' })
})

let topics = 0

interface Setup {
  readonly agent: Agent
  /** By the plain listener. */
  readonly topic: TestTopic
  /** A file in a folder of the test. */
  path(name: string): string
}

async function setUp(t: TestContext, listener: Listener): Promise<Setup> {
  const topic = `ways-${++topics}`
  await createTopic(broker.brokers, topic, { partitions: 2 })
  const folder = mkdtempSync(join(broker.folder, 'test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const agent = agentFor(t, { brokers: [broker.address(listener)], topic })
  return { agent, topic: { brokers: broker.brokers, topic }, path: (name) => join(folder, name) }
}

const text = (tag: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${tag} ${index} ${'x'.repeat(index % 300)}\n`).join('')

const NAMES = ['a.log', 'b.log', 'c.log']

async function shipAll(setup: Setup, settings: string, options: ShipmentOptions = {}): Promise<Shipment> {
  for (const name of NAMES) setup.agent.write(name, text(name, 20_000))
  const shipment = await setup.agent.ship({ ...options, settings })
  assert.deepEqual(shipment.left, DONE)
  await assertHolds(setup.topic, setup.agent, NAMES)
  return shipment
}

const tls = (): string => `ssl = yes\nssl_ca = ${broker.ca.cert}\n`
const mtls = (): string => `${tls()}ssl_cert = ${ours.cert}\nssl_key = ${ours.key}\n`
const login = (mechanism: string, [name, word]: readonly [string, string]): string =>
  `sasl = ${mechanism}\nsasl_username = ${name}\nsasl_password = ${word}\n`
const oauth = (): string =>
  `${tls()}${login('oauthbearer', [broker.tokens.client.id, broker.tokens.client.secret])}sasl_oauth_token_url = ${broker.tokens.url}\nsasl_oauth_scope = kafka\nsasl_oauth_extensions = logicalCluster=lkc-1\n`

const WAYS: readonly (readonly [string, Listener, () => string])[] = [
  ['TLS', 'TLS', tls],
  ['TLS without verification', 'STRANGER', () => 'ssl = yes\nssl_verify = no\n'],
  ['mutual TLS', 'MTLS', mtls],
  [
    'mutual TLS with a locked key',
    'MTLS',
    () =>
      `${tls()}ssl_cert = ${ours.cert}\nssl_key = ${encryptedKey(ours.key, 'key-word')}\nssl_key_password = key-word\n`,
  ],
  ['plain over TLS', 'SASL', () => tls() + login('plain', USERS.plain)],
  ['scram-sha-256 over TLS', 'SASL', () => tls() + login('scram-sha-256', USERS.scram)],
  ['scram-sha-512 over TLS', 'SASL', () => tls() + login('scram-sha-512', USERS.scram)],
  ['scram-sha-512 without TLS', 'CLEAR', () => login('scram-sha-512', USERS.scram)],
  ['oauthbearer over TLS', 'OAUTH', oauth],
]

for (const [title, listener, settings] of WAYS) {
  test(`${title} carries every byte`, async (t) => {
    const setup = await setUp(t, listener)
    const shipment = await shipAll(setup, settings())
    assert.deepEqual([...new Set(shipment.sends.map(({ outcome }) => outcome.kind))], ['acked'])
  })
}

test('over TLS the seam sends what kafkajs itself would send', async (t) => {
  const setup = await setUp(t, 'TLS')
  await shipAll(setup, tls(), { useSeam: false })
})

interface Renewal {
  readonly title: string
  readonly listener: Listener
  readonly code: RegExp
  /** Puts what does not work, and gives the settings. */
  readonly begin: (path: (name: string) => string) => string
  readonly renew: (path: (name: string) => string) => void
}

const RENEWALS: Renewal[] = [
  {
    title: 'an authority',
    listener: 'TLS',
    code: /authority that is not known/,
    begin: (path) => {
      copyFileSync(authority(broker.folder, 'old-ca').cert, path('ca.pem'))
      return `ssl = yes\nssl_ca = ${path('ca.pem')}\n`
    },
    renew: (path) => copyFileSync(broker.ca.cert, path('ca.pem')),
  },
  {
    title: 'a client certificate that had expired',
    listener: 'MTLS',
    code: /refuses the certificate/,
    begin: (path) => {
      const late = broker.ca.issue('old', { subject: '/CN=agent', days: -1 })
      copyFileSync(late.cert, path('agent.pem'))
      copyFileSync(late.key, path('agent.key'))
      return `${tls()}ssl_cert = ${path('agent.pem')}\nssl_key = ${path('agent.key')}\n`
    },
    renew: (path) => {
      copyFileSync(ours.key, path('agent.key'))
      copyFileSync(ours.cert, path('agent.pem'))
    },
  },
  {
    title: 'a password',
    listener: 'SASL',
    code: /refuses the login of sara/,
    begin: (path) => {
      writeFileSync(path('word'), 'old-word\n')
      return `${tls()}sasl = scram-sha-512\nsasl_username = sara\nsasl_password_file = ${path('word')}\n`
    },
    renew: (path) => writeFileSync(path('word'), `${USERS.scram[1]}\n`),
  },
  {
    title: 'a password file that was not there yet',
    listener: 'CLEAR',
    code: /the secret in .* cannot be read/,
    begin: (path) => `sasl = plain\nsasl_username = paul\nsasl_password_file = ${path('word')}\n`,
    renew: (path) => writeFileSync(path('word'), USERS.plain[1]),
  },
  {
    title: 'a client secret',
    listener: 'OAUTH',
    code: /401 invalid_client/,
    begin: (path) => {
      writeFileSync(path('word'), 'old-word\n')
      return `${tls()}sasl = oauthbearer\nsasl_username = olga\nsasl_password_file = ${path('word')}\nsasl_oauth_token_url = ${broker.tokens.url}\n`
    },
    renew: (path) => writeFileSync(path('word'), broker.tokens.client.secret),
  },
]

for (const { title, listener, code, begin, renew } of RENEWALS) {
  test(`${title} is renewed without a restart: degraded until then, and nothing is lost`, async (t) => {
    const setup = await setUp(t, listener)
    const shipment = await shipAll(setup, begin(setup.path), {
      told: ({ name }) => {
        if (name === 'kafka_degraded') renew(setup.path)
      },
    })
    const [degraded, ...more] = shipment.events.filter((event) => event.name === 'kafka_degraded')
    assert.match(String(degraded?.reason), code)
    assert.deepEqual(more, [], 'one trouble is told once')
    assert.equal(shipment.events.filter(({ name }) => name === 'kafka_recovered').length, 1)
  })
}
