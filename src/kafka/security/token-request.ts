// One question to the token endpoint: client credentials for a token (RFC 6749, 4.4).

import type { IncomingMessage } from 'node:http'
import type { OauthConfig } from '../../config/security-config.ts'
import { PannierError, readable, systemCode } from '../../support/errors.ts'
import { tlsFault } from './fault.ts'
import { readPem } from './tls.ts'
import { withoutSecret } from './without-secret.ts'

export interface Token {
  readonly value: string
  /** How long it is good; null where the endpoint does not say. */
  readonly seconds: number | null
}

/** Milliseconds; shorter than kafkajs waits for a login. */
const PATIENCE = 6_000
const LONGEST_ANSWER = 256 * 1024
const LONGEST_REASON = 200

interface Answer {
  readonly status: number
  readonly text: string
}

/** Rejects with SASL_TOKEN, or with SASL_REFUSED for a client or a secret that the endpoint does not take. */
export async function requestToken(config: OauthConfig, clientId: string, secret: string): Promise<Token> {
  const { origin, pathname } = new URL(config.tokenUrl)
  const where = `the token endpoint ${origin}${pathname}`
  const { status, text } = await post(config, clientId, secret).catch((error: unknown) => {
    throw error instanceof PannierError ? error : unreachable(where, config, error)
  })
  const answer = parsed(text)
  const { access_token: value, expires_in: seconds } = answer
  if (status === 200 && typeof value === 'string' && value !== '') {
    return { value, seconds: Number(seconds) > 0 ? Number(seconds) : null }
  }
  const told = [answer['error'], answer['error_description']].filter((part) => typeof part === 'string').join(': ')
  const reason = withoutSecret(told, credentials(clientId, secret), secret).slice(0, LONGEST_REASON)
  // 408 and 429 say nothing about the client.
  const refused = status >= 400 && status < 500 && status !== 408 && status !== 429
  const hint = refused
    ? 'correct sasl_username (the client id), sasl_password_file (its secret) or sasl_oauth_scope; a changed file is taken up at once'
    : 'correct sasl_oauth_token_url, or look at that server'
  throw new PannierError(`${where} gives no token: ${status}${reason === '' ? '' : ` ${reason}`}`, {
    code: refused ? 'SASL_REFUSED' : 'SASL_TOKEN',
    hint,
    retriable: true,
  })
}

async function post({ tokenUrl, scope, ca }: OauthConfig, clientId: string, secret: string): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === null ? {} : { scope }),
  }).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(form),
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(credentials(clientId, secret)).toString('base64')}`,
  }
  const trust = ca === null ? {} : { ca: readPem('sasl_oauth_ca', ca) }
  // Most agents need neither, and they cost memory.
  const { request } = await (tokenUrl.startsWith('https:') ? import('node:https') : import('node:http'))
  return new Promise((resolve, reject) => {
    const asked = request(tokenUrl, { method: 'POST', headers, ...trust, agent: false }, (response) => {
      answerOf(response).then(resolve, reject)
    })
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE)
    asked.on('close', () => clearTimeout(timer))
    asked.on('error', reject)
    asked.end(form)
  })
}

/** RFC 6749, 2.3.1: both as in a form. */
const credentials = (clientId: string, secret: string): string =>
  [clientId, secret].map((text) => new URLSearchParams({ a: text }).toString().slice(2)).join(':')

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_ANSWER) throw new Error('its answer is far too long')
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function unreachable(where: string, { ca }: OauthConfig, error: unknown): PannierError {
  const trust = { ca, cert: null, key: null, keyPassword: null, verify: true }
  const fault = tlsFault(systemCode(error) ?? '', error instanceof Error ? error.message : '', trust)
  const hint = fault?.hint.replace('ssl_ca', 'sasl_oauth_ca') ?? 'correct sasl_oauth_token_url, or the way there'
  const reason = fault?.reason ?? readable(error)
  return new PannierError(`${where} gives no token: ${reason}`, { code: 'SASL_TOKEN', hint, retriable: true })
}
