// Logging in to brokers: the password or token is found anew for each login, and one that was refused is not tried again at once.

import type { AuthenticationProviderArgs, Authenticator, Mechanism } from 'kafkajs'
import plain from 'kafkajs/src/broker/saslAuthenticator/plain.js'
import scram256 from 'kafkajs/src/broker/saslAuthenticator/scram256.js'
import scram512 from 'kafkajs/src/broker/saslAuthenticator/scram512.js'
import type { SaslConfig } from '../../config/security-config.ts'
import { PannierError } from '../../support/errors.ts'
import { bearer } from './bearer.ts'
import { TokenSource } from './token-source.ts'
import { withoutSecret } from './without-secret.ts'

/** Somebody's account may be locked after so many wrong passwords. Milliseconds. */
const PAUSE = 10_000

type Provider = (args: AuthenticationProviderArgs) => Authenticator

export class Login {
  readonly #config: SaslConfig
  readonly #tokens: TokenSource | null
  readonly #now: () => number
  /** The password that was refused, and until when it rests. */
  #refused: { readonly password: string; readonly until: number; readonly fault: PannierError } | null = null

  constructor(config: SaslConfig, now: () => number = () => performance.now()) {
    this.#config = config
    this.#now = now
    this.#tokens = config.oauth === null ? null : new TokenSource(config.oauth, config.username)
  }

  /** As kafkajs wants it. */
  get mechanism(): Mechanism {
    const authenticationProvider: Provider = (args) => ({ authenticate: () => this.#authenticate(args) })
    return { mechanism: this.#config.mechanism, authenticationProvider }
  }

  /** As Kafka's own rules have it, when they were not changed (principal.builder, ssl.principal.mapping.rules). */
  get principal(): string {
    return `User:${this.#tokens?.subject ?? this.#config.username}`
  }

  /** Whether a login can be tried now. Rejects with SECRET_UNREADABLE, SASL_TOKEN or SASL_REFUSED. */
  async ready(): Promise<void> {
    await this.#provider()
  }

  async #authenticate(args: AuthenticationProviderArgs): Promise<void> {
    const password = this.#password()
    const provider = await this.#provider()
    try {
      await provider(args).authenticate()
      this.#refused = null
    } catch (error) {
      throw this.#isRefusal(error) ? this.#refuse(password, error) : error
    }
  }

  async #provider(): Promise<Provider> {
    const { mechanism, username, oauth } = this.#config
    const password = this.#password()
    if (this.#tokens === null || oauth === null) {
      const account = { username, password }
      return mechanism === 'plain'
        ? plain(account)
        : mechanism === 'scram-sha-256'
          ? scram256(account)
          : scram512(account)
    }
    const token = await this.#tokens.token(password).catch((error: unknown) => {
      throw error instanceof PannierError && error.code === 'SASL_REFUSED' ? this.#rest(password, error) : error
    })
    return bearer(token, oauth.extensions)
  }

  /** Throws SASL_REFUSED while the one that is there now was refused a moment ago. */
  #password(): string {
    const password = this.#config.password.reveal()
    const refused = this.#refused
    if (refused !== null && refused.password === password && this.#now() < refused.until) throw refused.fault
    return password
  }

  /** Not so a connection that broke meanwhile. */
  #isRefusal(error: unknown): boolean {
    const [name, type] = error instanceof Error ? [error.name, 'type' in error ? error.type : ''] : ['', '']
    return name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED'
  }

  #refuse(password: string, error: unknown): PannierError {
    this.#tokens?.drop()
    const { mechanism, username, password: secret } = this.#config
    const told = error instanceof Error ? error.message.replace(/^.*?authentication failed: /, '') : String(error)
    const what = this.#tokens === null ? 'the password' : 'the token'
    const from = secret.path === null ? 'sasl_password' : secret.path
    const hint =
      this.#tokens === null
        ? `correct sasl_username or ${from}, or let the broker know this user; a changed file is taken up at once`
        : "compare the token's issuer, audience and scope with what the broker expects"
    const reason = `it refuses the login of ${username} (${mechanism}) by ${what}: ${withoutSecret(told, password)}`
    return this.#rest(password, new PannierError(reason, { code: 'SASL_REFUSED', hint, retriable: true }))
  }

  #rest(password: string, fault: PannierError): PannierError {
    this.#refused = { password, until: this.#now() + PAUSE, fault }
    return fault
  }
}
