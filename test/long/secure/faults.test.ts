// What keeps the agent and a broker apart is told by its name, with what to do about it, wherever it is met.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { loadConfig } from '../../../src/config/load.ts'
import { KafkaBroker } from '../../../src/kafka/broker.ts'
import { loadCrc32c } from '../../../src/kafka/crc32c.ts'
import { probeBrokers } from '../../../src/kafka/probe.ts'
import { installSeam } from '../../../src/kafka/seam.ts'
import { createTopic } from '../../../tools/kafka/admin.ts'
import { batchOfSize } from '../../kafka/batches.ts'
import { authority, encryptedKey } from '../../kafka/certificates.ts'
import { type Listener, type SecureBroker, secureBroker } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const suite = suiteHooks()
let broker: SecureBroker
const files: Record<string, string> = {}
before(async () => {
  installSeam(loadCrc32c())
  broker = await secureBroker(suite)
  await createTopic(broker.brokers, 'app', { partitions: 1 })
  const stranger = authority(broker.folder, 'other-ca')
  const theirs = stranger.issue('mallory', { subject: '/CN=mallory' })
  const ours = broker.ca.issue('agent', { subject: '/O=Acme/CN=agent' })
  const late = broker.ca.issue('late', { subject: '/CN=agent', days: -1 })
  const put = (name: string, text: string): string => {
    writeFileSync(join(broker.folder, name), text)
    return join(broker.folder, name)
  }
  Object.assign(files, {
    CA: broker.ca.cert,
    OTHER_CA: stranger.cert,
    THEIRS: theirs.cert,
    THEIR_KEY: theirs.key,
    CERT: ours.cert,
    KEY: ours.key,
    LATE: late.cert,
    LATE_KEY: late.key,
    LOCKED: encryptedKey(ours.key, 'right'),
    GARBAGE: put('garbage.pem', 'not a certificate\n'),
    WRONG: put('wrong.word', 'wrong\n'),
    MISSING: join(broker.folder, 'missing'),
    TOKEN_URL: broker.tokens.url,
  })
})

interface Case {
  readonly title: string
  readonly listener: Listener | 'CLIENT'
  /** Lines of [kafka_conf]; a word in capitals behind @ is a file. */
  readonly settings: string
  readonly code: string
  readonly says: RegExp
  readonly hint: RegExp
}

const TLS = 'ssl = yes\nssl_ca = @CA'
const login = (mechanism: string, name: string): string =>
  `sasl = ${mechanism}\nsasl_username = ${name}\nsasl_password_file = @WRONG`

const cases: Case[] = [
  {
    title: 'an unknown authority',
    listener: 'TLS',
    settings: 'ssl = yes\nssl_ca = @OTHER_CA',
    code: 'TLS_UNKNOWN_CA',
    says: /authority that is not known here/,
    hint: /other-ca\.pem \(ssl_ca\) does not hold/,
  },
  {
    title: 'an own authority that nobody named',
    listener: 'TLS',
    settings: 'ssl = yes',
    code: 'TLS_UNKNOWN_CA',
    says: /authority that is not known here/,
    hint: /set ssl_ca/,
  },
  {
    title: 'an expired certificate',
    listener: 'EXPIRED',
    settings: TLS,
    code: 'TLS_EXPIRED',
    says: /its certificate has expired/,
    hint: /clock/,
  },
  {
    title: 'a wrong host name',
    listener: 'STRANGER',
    settings: TLS,
    code: 'TLS_HOST_NAME',
    says: /in another name: Host: localhost\. is not in its altnames: DNS:kafka\.example/,
    hint: /advertised\.listeners/,
  },
  {
    title: 'TLS to a plain port',
    listener: 'CLIENT',
    settings: TLS,
    code: 'TLS_NOT_SPOKEN',
    says: /as a listener without TLS does/,
    hint: /ssl = no/,
  },
  {
    title: 'no TLS to a TLS port',
    listener: 'TLS',
    settings: '',
    code: 'TLS_WANTED',
    says: /speaks TLS/,
    hint: /ssl = yes/,
  },
  {
    title: 'no client certificate',
    listener: 'MTLS',
    settings: TLS,
    code: 'TLS_CLIENT_CERTIFICATE',
    says: /asks for a certificate/,
    hint: /ssl_cert/,
  },
  {
    title: "a stranger's client certificate",
    listener: 'MTLS',
    settings: `${TLS}\nssl_cert = @THEIRS\nssl_key = @THEIR_KEY`,
    code: 'TLS_CLIENT_CERTIFICATE',
    says: /refuses the certificate in .*mallory\.pem/,
    hint: /truststore/,
  },
  {
    title: 'an expired client certificate',
    listener: 'MTLS',
    settings: `${TLS}\nssl_cert = @LATE\nssl_key = @LATE_KEY`,
    code: 'TLS_CLIENT_CERTIFICATE',
    says: /refuses the certificate in .*late\.pem/,
    hint: /expired/,
  },
  {
    title: "a key that is another certificate's",
    listener: 'MTLS',
    settings: `${TLS}\nssl_cert = @CERT\nssl_key = @THEIR_KEY`,
    code: 'TLS_FILE',
    says: /ssl_key = .*mallory\.key is not the key of the certificate in .*agent\.pem/,
    hint: /go together/,
  },
  {
    title: 'a locked key without its password',
    listener: 'MTLS',
    settings: `${TLS}\nssl_cert = @CERT\nssl_key = @LOCKED`,
    code: 'TLS_FILE',
    says: /ssl_key = .*encrypted is encrypted/,
    hint: /ssl_key_password_file/,
  },
  {
    title: 'a locked key with a wrong password',
    listener: 'MTLS',
    settings: `${TLS}\nssl_cert = @CERT\nssl_key = @LOCKED\nssl_key_password_file = @WRONG`,
    code: 'TLS_FILE',
    says: /does not open with its password/,
    hint: /ssl_key_password_file/,
  },
  {
    title: 'a file that is no certificate',
    listener: 'TLS',
    settings: 'ssl = yes\nssl_ca = @GARBAGE',
    code: 'TLS_FILE',
    says: /ssl_ca = .*garbage\.pem holds no certificate/,
    hint: /PEM/,
  },
  {
    title: 'a certificate that is not there',
    listener: 'TLS',
    settings: 'ssl = yes\nssl_ca = @MISSING',
    code: 'TLS_FILE',
    says: /ssl_ca = .*missing cannot be read: it is not there \(ENOENT\)/,
    hint: /put it there/,
  },
  {
    title: 'no login where one is wanted',
    listener: 'SASL',
    settings: TLS,
    code: 'SASL_WANTED',
    says: /wants a login/,
    hint: /set sasl/,
  },
  {
    title: 'a login where none is taken',
    listener: 'TLS',
    settings: `${TLS}\n${login('plain', 'paul')}`,
    code: 'SASL_NOT_SPOKEN',
    says: /knows no login/,
    hint: /sasl = none/,
  },
  {
    title: 'a mechanism that is not taken',
    listener: 'OAUTH',
    settings: `${TLS}\n${login('scram-sha-256', 'sara')}`,
    code: 'SASL_MECHANISM',
    says: /does not take sasl = scram-sha-256/,
    hint: /sasl\.enabled\.mechanisms/,
  },
  {
    title: 'a wrong password (plain)',
    listener: 'SASL',
    settings: `${TLS}\n${login('plain', 'paul')}`,
    code: 'SASL_REFUSED',
    says: /refuses the login of paul \(plain\) by the password: .*Invalid username or password/,
    hint: /wrong\.word/,
  },
  {
    title: 'a wrong password (scram-sha-256)',
    listener: 'SASL',
    settings: `${TLS}\n${login('scram-sha-256', 'sara')}`,
    code: 'SASL_REFUSED',
    says: /refuses the login of sara \(scram-sha-256\)/,
    hint: /changed file/,
  },
  {
    title: 'an unknown user (scram-sha-512)',
    listener: 'SASL',
    settings: `${TLS}\n${login('scram-sha-512', 'nobody')}`,
    code: 'SASL_REFUSED',
    says: /refuses the login of nobody/,
    hint: /let the broker know this user/,
  },
  {
    title: 'a password file that is not there',
    listener: 'SASL',
    settings: `${TLS}\nsasl = plain\nsasl_username = paul\nsasl_password_file = @MISSING`,
    code: 'SECRET_UNREADABLE',
    says: /the secret in .*missing cannot be read/,
    hint: /put it there/,
  },
  {
    title: 'a client that the token endpoint does not know',
    listener: 'OAUTH',
    settings: `${TLS}\n${login('oauthbearer', 'olga')}\nsasl_oauth_token_url = @TOKEN_URL`,
    code: 'SASL_REFUSED',
    says: /token endpoint .*\/token gives no token: 401 invalid_client: no such client/,
    hint: /sasl_username \(the client id\)/,
  },
  {
    title: 'a token endpoint that is not there',
    listener: 'OAUTH',
    settings: `${TLS}\n${login('oauthbearer', 'olga')}\nsasl_oauth_token_url = http://127.0.0.1:1/token`,
    code: 'SASL_TOKEN',
    says: /gives no token: .*ECONNREFUSED/,
    hint: /sasl_oauth_token_url/,
  },
]

for (const { title, listener, settings, code, says, hint } of cases) {
  test(`${title}: ${code}`, async (t) => {
    const address = listener === 'CLIENT' ? (broker.brokers[0] ?? '') : broker.address(listener)
    const lines = settings.replaceAll(/@([A-Z_]+)/g, (_all, name: string) => files[name] ?? name)
    const text = `[basic_conf]\ninputpath = /a\n[kafka_conf]\nbrokers = ${address}\nrequest_timeout = 5s\n${lines}\n`
    const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: '/' })
    assert.ok(loaded.ok, JSON.stringify(loaded))
    const kafka = new KafkaBroker(loaded.config.kafka, true)
    t.after(() => kafka.close())
    await assert.rejects(kafka.facts('app'), { code, message: says, hint })
    const outcome = await kafka.send(batchOfSize('app', 10))
    assert.equal(outcome.kind, 'refused')
    assert.equal('fault' in outcome && outcome.fault?.code, code)
    const [probe] = await probeBrokers(loaded.config.kafka, [address])
    assert.deepEqual([probe?.fault?.code], [code])
    assert.match(String(probe?.fault?.reason), says)
    assert.match(String(probe?.fault?.hint), hint)
  })
}

test('an answer that is not TLS at all is told as that', async (t) => {
  const kafka = new KafkaBroker(
    {
      brokers: [new URL(broker.tokens.url).host],
      clientId: 'test',
      requestTimeout: 5000,
      acks: 'all',
      createTopic: false,
      security: { ssl: { ca: null, cert: null, key: null, keyPassword: null, verify: true }, sasl: null },
    },
    true,
  )
  t.after(() => kafka.close())
  await assert.rejects(kafka.facts('app'), { code: 'TLS_NOT_SPOKEN', hint: /ssl = no/ })
})
