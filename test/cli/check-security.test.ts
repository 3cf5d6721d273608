import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkSecurity } from '../../src/cli/check-security.ts'
import { authority } from '../kafka/certificates.ts'

test("check tells until when the agent's certificate is valid, in time to have a new one", (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pannier-check-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { cert, key } = authority(folder, 'our-ca').issue('agent', { subject: '/CN=agent', days: 30 })
  const ssl = { ca: null, cert, key, keyPassword: null, verify: true }
  const after = (days: number): [string, string][] =>
    checkSecurity({ ssl, sasl: null }, Date.now() + days * 86_400_000).map(({ verdict, text }) => [
      verdict,
      text.replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE'),
    ])
  assert.deepEqual(after(1), [['ok', `ssl_cert ${cert}: valid until DATE`]])
  assert.deepEqual(after(27.5), [['warn', `ssl_cert ${cert}: expires on DATE, in 2 days`]])
  assert.deepEqual(after(31), [['FAIL', `ssl_cert ${cert}: expired on DATE`]])
  assert.deepEqual(after(-1), [['FAIL', `ssl_cert ${cert}: is not valid before DATE`]])
  assert.deepEqual(checkSecurity({ ssl: null, sasl: null }), [])
})
