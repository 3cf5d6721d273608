/** An identity provider of one endpoint: tokens for a client's id and secret, signed, and the key that proves them. */

import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TokenServer {
  readonly url: string
  readonly jwks: string
  readonly issuer: string
  readonly audience: string
  readonly client: { readonly id: string; secret: string }
  /** Seconds that a token is good for. */
  lifetime: number
  /** What a careless endpoint quotes of a request that it refuses. */
  quoted: (request: IncomingMessage) => string
  /** What was asked for, in order: the form's fields, and whether a token was given. */
  readonly asked: { readonly form: Readonly<Record<string, string>>; readonly given: boolean }[]
  /** All tokens that were given. */
  readonly tokens: string[]
  stop(): void
}

export async function startTokenServer(): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [kid, audience] = ['key-1', 'kafka']
  const client = { id: 'olga', secret: 'o/auth+word=' }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const made: TokenServer = {
    url: `${origin}/token`,
    jwks: `${origin}/jwks`,
    issuer: origin,
    audience,
    client,
    lifetime: 300,
    quoted: () => '',
    asked: [],
    tokens: [],
    stop: () => server.close(),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.setHeader('content-type', 'application/json')
    if (request.url === '/jwks') {
      const key = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
      response.end(JSON.stringify({ keys: [key] }))
      return
    }
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
    const given = request.headers.authorization === credentials(client)
    made.asked.push({ form, given })
    if (!given) {
      response.statusCode = 401
      response.end(
        JSON.stringify({
          error: 'invalid_client',
          error_description: `no such client, or another secret${made.quoted(request)}`,
        }),
      )
      return
    }
    const token = sign()
    made.tokens.push(token)
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: made.lifetime }))
  }

  function sign(): string {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: origin,
      aud: audience,
      sub: client.id,
      iat: now,
      exp: now + made.lifetime,
      jti: String(made.tokens.length),
    }
    const text = `${part({ alg: 'RS256', typ: 'JWT', kid })}.${part(claims)}`
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`
  }

  return made
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** RFC 6749, 2.3.1: both are encoded as in a form. */
function credentials({ id, secret }: TokenServer['client']): string {
  const encoded = [id, secret].map((text) => encodeURIComponent(text)).join(':')
  return `Basic ${Buffer.from(encoded).toString('base64')}`
}
