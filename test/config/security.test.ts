import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import type { SecurityConfig } from '../../src/config/security-config.ts'
import { Secret } from '../../src/support/secret.ts'

const MARKER = 'hunter2'

function load(lines: string, env: Record<string, string> = {}) {
  const text = `[basic_conf]\ninputpath = /a\n[kafka_conf]\n${lines}`
  return loadConfig({ text, path: 'config.ini', env, host: 'host-1', cwd: '/home/me' })
}

function security(lines: string, env: Record<string, string> = {}): SecurityConfig {
  const loaded = load(lines, env)
  if (!loaded.ok) assert.fail(loaded.problems.map((problem) => formatProblem(problem, 'config.ini')).join('\n'))
  return loaded.config.kafka.security
}

const complaints = (lines: string): string[] => {
  const loaded = load(lines)
  return loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem, 'config.ini'))
}

const warned = (lines: string): string[] => {
  const loaded = load(lines)
  assert.ok(loaded.ok)
  return loaded.warnings.map((problem) => formatProblem(problem, 'config.ini'))
}

test('files are found from the working directory, and secrets come from a value, a variable or a file', () => {
  const { ssl } = security('ssl = yes\nssl_ca = ca.pem\nssl_cert = /c.pem\nssl_key = k.pem\nssl_key_password = word')
  assert.deepEqual(
    { ...ssl, keyPassword: ssl?.keyPassword?.reveal() },
    {
      ca: '/home/me/ca.pem',
      cert: '/c.pem',
      key: '/home/me/k.pem',
      keyPassword: 'word',
      verify: true,
    },
  )
  const login = 'sasl = scram-sha-512\nsasl_username = sara\n'
  assert.equal(security(`${login}sasl_password = \${WORD}`, { WORD: 'a=b;c#d' }).sasl?.password.reveal(), 'a=b;c#d')
  const variable = { PANNIER_KAFKA_CONF_SASL_PASSWORD: 'from ${outside}' }
  assert.equal(security(login, variable).sasl?.password.reveal(), 'from ${outside}')
  assert.equal(security(`${login}sasl_password_file = word`).sasl?.password.path, '/home/me/word')
})

test('a secret in a file is read each time, without the line end at its end', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-secret-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const secret = Secret.inFile(join(folder, 'word'))
  assert.throws(() => secret.reveal(), { code: 'SECRET_UNREADABLE', message: /word cannot be read: .*ENOENT/ })
  for (const [content, word] of [
    ['first\n', 'first'],
    ['second\r\n', 'second'],
    [' spaced \n\n', ' spaced \n'],
  ] as const) {
    writeFileSync(join(folder, 'word'), content)
    assert.equal(secret.reveal(), word)
  }
  writeFileSync(join(folder, 'word'), '\n')
  assert.throws(() => secret.reveal(), { code: 'SECRET_UNREADABLE', message: /it is empty/ })
})

test('a secret shows itself in no print of the config', () => {
  const loaded = load(`sasl = plain\nsasl_username = paul\nsasl_password = ${MARKER}\nssl = yes\n`)
  assert.ok(loaded.ok)
  const shown = [JSON.stringify(loaded.config), inspect(loaded.config, { depth: 9, showHidden: true })]
  assert.ok(shown.every((text) => !text.includes(MARKER)))
  assert.equal(loaded.config.kafka.security.sasl?.password.reveal(), MARKER)
})

test('what is missing, given twice or without effect is refused', () => {
  assert.deepEqual(complaints('ssl_ca = ca.pem\nsasl_username = paul\nsasl_oauth_scope = x'), [
    'config.ini:4: [kafka_conf] ssl_ca = ca.pem: has no effect with ssl = no (set ssl = yes)',
    'config.ini:5: [kafka_conf] sasl_username = paul: has no effect with sasl = none (set sasl, e.g. sasl = scram-sha-512)',
    'config.ini:6: [kafka_conf] sasl_oauth_scope = x: has no effect with sasl = none (set sasl = oauthbearer)',
  ])
  assert.deepEqual(complaints('ssl = yes\nssl_cert = a.pem'), [
    'config.ini:5: [kafka_conf] ssl_cert = a.pem: needs ssl_key beside it (a certificate and its key go together)',
  ])
  assert.deepEqual(complaints('sasl = oauthbearer'), [
    'config.ini:4: [kafka_conf] sasl = oauthbearer: needs sasl_username (the name that the broker knows this agent by)',
    'config.ini:4: [kafka_conf] sasl = oauthbearer: needs sasl_password_file (or sasl_password, e.g. sasl_password = ${KAFKA_PASSWORD})',
    'config.ini:4: [kafka_conf] sasl = oauthbearer: needs sasl_oauth_token_url (e.g. https://idp.example/oauth2/token)',
  ])
  assert.deepEqual(
    complaints(`sasl = plain\nsasl_username = paul\nsasl_password = ${MARKER}\nsasl_password_file = w`),
    ['config.ini:6: [kafka_conf] sasl_password: sasl_password_file is set too (leave one of them empty)'],
  )
})

test('no complaint quotes a secret', () => {
  const bad = [
    `sasl_password = ${MARKER}`,
    `sasl_password ${MARKER}`,
    `sasl_password = a\${${MARKER}`,
    `sasl_password = a\${${MARKER}}`,
    `sasl_pasword = ${MARKER}`,
    `ssl_key_password = ${MARKER}`,
    `sasl_password = ${MARKER}\nsasl_password = ${MARKER}`,
    `sasl_oauth_token_url = https://olga:${MARKER}@idp.example/token`,
    `sasl = plain\nsasl_username = x\nsasl_password = ${MARKER}\n  brokers = ${MARKER}`,
  ]
  for (const lines of bad) {
    const loaded = load(lines)
    const said = loaded.ok ? loaded.warnings : loaded.problems
    assert.ok(said.length > 0, lines)
    for (const problem of said) assert.ok(!formatProblem(problem, 'config.ini').includes(MARKER), lines)
  }
  // The name of a variable is no secret, and what one needs to know.
  assert.match(
    String(complaints('sasl = plain\nsasl_username = x\nsasl_password = ${WORD}')[0]),
    /environment has no WORD/,
  )
})

test('what is dangerous is warned of', () => {
  const login = 'sasl_username = paul\nsasl_password = word\n'
  assert.match(warned(`sasl = plain\n${login}`).join('\n'), /sasl = plain: the password or token travels unencrypted/)
  assert.match(warned('ssl = yes\nssl_verify = no').join('\n'), /ssl_verify = no: anybody can pose as the broker/)
  const oauth = `ssl = yes\nsasl = oauthbearer\n${login}sasl_oauth_token_url = `
  assert.match(
    warned(`${oauth}http://idp.example/token`).join('\n'),
    /the client secret travels unencrypted \(use https\)/,
  )
  for (const url of ['https://idp.example/token', 'http://localhost:1/token']) assert.deepEqual(warned(oauth + url), [])
  assert.deepEqual(warned(`ssl = yes\nsasl = scram-sha-256\n${login}`), [])
})
