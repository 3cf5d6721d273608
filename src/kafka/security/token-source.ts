// Tokens for `sasl = oauthbearer`: one serves all connections for half of its life, then the next login gets a new one.

import type { OauthConfig } from '../../config/security-config.ts'
import { requestToken, type Token } from './token-request.ts'

/** For a token that does not say how long it is good. Seconds. */
const SHORT_LIFE = 60

interface Held {
  readonly token: Token
  readonly secret: string
  /** Milliseconds of the clock given. */
  readonly renewAt: number
}

export class TokenSource {
  readonly #config: OauthConfig
  readonly #clientId: string
  readonly #now: () => number
  #held: Held | null = null
  #asking: Promise<Held> | null = null

  constructor(config: OauthConfig, clientId: string, now: () => number = () => performance.now()) {
    this.#config = config
    this.#clientId = clientId
    this.#now = now
  }

  /** Whom the last token speaks for; null while there is none, or it does not say. */
  get subject(): string | null {
    return this.#held === null ? null : claim(this.#held.token.value, 'sub')
  }

  /** Rejects with SASL_TOKEN, or SASL_REFUSED where the client or its secret is refused. */
  async token(secret: string): Promise<string> {
    const held = this.#held
    if (held !== null && held.secret === secret && this.#now() < held.renewAt) return held.token.value
    // A broker is a connection: many ask at once, and one request answers all.
    this.#asking ??= this.#ask(secret).finally(() => {
      this.#asking = null
    })
    this.#held = await this.#asking
    return this.#held.token.value
  }

  /** A broker did not take it. */
  drop(): void {
    this.#held = null
  }

  async #ask(secret: string): Promise<Held> {
    const asked = this.#now()
    const token = await requestToken(this.#config, this.#clientId, secret)
    const life = token.seconds ?? SHORT_LIFE
    // A connection lives as long as the token that it began with, and proves itself anew ten seconds before its end.
    return { token, secret, renewAt: asked + (life * 1000) / 2 }
  }
}

/** Of a JWT; a token that is none tells nothing. */
function claim(token: string, name: string): string | null {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    const value = claims[name]
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
