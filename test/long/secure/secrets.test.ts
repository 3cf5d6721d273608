// Law 9: a marker stands in every secret, and in nothing that the program says or writes.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { createTopic } from '../../../tools/kafka/admin.ts'
import { kafkaConf, type Place, place, program } from '../../cli/pannier.ts'
import { encryptedKey, type Leaf } from '../../kafka/certificates.ts'
import { type Listener, type SecureBroker, secureBroker } from './secure-broker.ts'
import { suiteHooks } from './suite-hooks.ts'

const suite = suiteHooks()
const WORD = 'Marker+Word=1'
let broker: SecureBroker
let ours: Leaf
before(async () => {
  broker = await secureBroker(suite)
  ours = broker.ca.issue('agent', { subject: '/CN=agent' })
  await createTopic(broker.brokers, 'secrets', { partitions: 1 })
})

interface Scene {
  readonly title: string
  readonly listener: Listener
  readonly lines: () => string
  readonly env?: Record<string, string>
  /** What the log has to say: that the scene is played. */
  readonly says: RegExp
  readonly begin?: () => void
}

const tls = (): string => `ssl = yes\nssl_ca = ${broker.ca.cert}\n`
const oauth = (secret: string): string =>
  `${tls()}sasl = oauthbearer\nsasl_username = olga\nsasl_password = ${secret}\nsasl_oauth_token_url = ${broker.tokens.url}\n`

const SCENES: Scene[] = [
  {
    title: 'a wrong password in the file',
    listener: 'SASL',
    lines: () => `${tls()}sasl = plain\nsasl_username = paul\nsasl_password = ${WORD}\n`,
    says: /refuses the login of paul/,
  },
  {
    title: 'a wrong password in a variable',
    listener: 'CLEAR',
    lines: () => 'sasl = scram-sha-256\nsasl_username = sara\nsasl_password = ${KAFKA_WORD}\n',
    env: { KAFKA_WORD: WORD },
    says: /refuses the login of sara/,
  },
  {
    title: 'a wrong password in a variable of our own',
    listener: 'CLEAR',
    lines: () => 'sasl = scram-sha-512\nsasl_username = sara\n',
    env: { PANNIER_KAFKA_CONF_SASL_PASSWORD: WORD },
    says: /refuses the login of sara/,
  },
  {
    title: 'a login that nobody wants',
    listener: 'TLS',
    lines: () => `${tls()}sasl = plain\nsasl_username = paul\nsasl_password = ${WORD}\n`,
    says: /knows no login/,
  },
  {
    title: 'a wrong password of a key',
    listener: 'MTLS',
    lines: () =>
      `${tls()}ssl_cert = ${ours.cert}\nssl_key = ${encryptedKey(ours.key, 'other')}\nssl_key_password = ${WORD}\n`,
    says: /does not open with its password/,
  },
  {
    title: 'the right password of a key',
    listener: 'MTLS',
    lines: () =>
      `${tls()}ssl_cert = ${ours.cert}\nssl_key = ${encryptedKey(ours.key, WORD)}\nssl_key_password = ${WORD}\n`,
    says: /all shipped/,
  },
  {
    title: 'a client secret that a careless token endpoint quotes',
    listener: 'OAUTH',
    lines: () => oauth(WORD),
    begin: () => {
      broker.tokens.quoted = ({ headers }) => ` (${headers.authorization}, ${WORD}, ${encodeURIComponent(WORD)})`
    },
    says: /401 invalid_client: no such client, or another secret \(Basic \*\*\*/,
  },
  {
    title: 'a token that is taken',
    listener: 'OAUTH',
    lines: () => oauth(broker.tokens.client.secret),
    says: /all shipped/,
  },
]

for (const { title, listener, lines, env = {}, says, begin } of SCENES) {
  test(`${title} shows in no output and no file`, async (t) => {
    begin?.()
    const home = place(t, '')
    home.write('a.log', 'one\ntwo\n')
    const log = '[log_conf]\nlevel = trace\n'
    const kafka = kafkaConf([broker.address(listener)], 'secrets')
    home.configure(`${kafka}request_timeout = 3s\n${lines()}[shutdown_conf]\nshutdown_timeout = 1s\n${log}`)
    const said: string[] = []
    const run = (...args: string[]): Promise<string> =>
      play(home, env, says, args).then((text) => (said.push(text), text))
    assert.match(await run('run'), says)
    for (const args of [
      ['check'],
      ['explain', '--json'],
      ['status'],
      ['status', '--json'],
      ['verify'],
      ['run', '--once', '--stdout'],
    ]) {
      await run(...args)
    }
    // What is wrong with a secret is told without it, too.
    home.configure(
      `${kafka}${lines()}sasl_pasword = ${WORD}\nssl_key_passwort = ${WORD}\nsasl_password_file = ${WORD.length}\n${log}`,
    )
    await run('check')
    for (const file of filesIn(home.state)) said.push(readFileSync(file, 'latin1'))
    const { client, tokens } = broker.tokens
    const key = readFileSync(ours.key, 'utf8').split('\n')[1] ?? ''
    for (const secret of [WORD, client.secret, key, ...tokens, ...tokens.map((token) => token.split('.')[2] ?? '')]) {
      for (const form of [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      ]) {
        const found = said.find((text) => text.includes(form))
        assert.equal(found, undefined, `${form} is in: ${found}`)
      }
    }
  })
}

/** The built program until it ends. What runs on is told to read its config again once it said `says`, and then to leave. */
function play(home: Place, env: Record<string, string>, says: RegExp, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: home.path, env: { ...process.env, ...env } })
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    // What a session says at its end is asked for by ending it.
    const cue = says.source === 'all shipped' ? /file_born/ : says
    let text = ''
    let told = false
    const hear = (part: string): void => {
      text += part
      if (told || args.join() !== 'run' || !cue.test(text)) return
      told = true
      child.kill(cue === says ? 'SIGHUP' : 'SIGTERM')
      if (cue === says) setTimeout(() => child.kill('SIGTERM'), 300)
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}
