// What proves the agent and the brokers to each other: made once for an adapter, asked for each connection.

import type { ConnectionOptions } from 'node:tls'
import type { Mechanism } from 'kafkajs'
import { NO_SECURITY, type SecurityConfig } from '../../config/security-config.ts'
import { Login } from './login.ts'
import { ownCertificate, tlsOptions } from './tls.ts'

export class Security {
  readonly config: SecurityConfig
  readonly #login: Login | null

  constructor(config: SecurityConfig = NO_SECURITY) {
    this.config = config
    this.#login = config.sasl === null ? null : new Login(config.sasl)
  }

  /** As the broker calls this agent, as long as its rules for that are Kafka's own; in the words of its ACLs. */
  get principal(): string {
    if (this.#login !== null) return this.#login.principal
    const certificate = ownCertificate(this.config.ssl)
    return certificate === null ? 'User:ANONYMOUS' : `User:${distinguishedName(certificate.subject)}`
  }

  /** Null where nobody logs in. */
  get sasl(): Mechanism | null {
    return this.#login?.mechanism ?? null
  }

  /** Null where connections are not encrypted. Throws TLS_FILE or SECRET_UNREADABLE. */
  tls(): ConnectionOptions | null {
    return this.config.ssl === null ? null : tlsOptions(this.config.ssl)
  }

  /** Whether a connection is worth a try. Rejects with what is wrong on our side of it. */
  async ready(): Promise<void> {
    this.tls()
    await this.#login?.ready()
  }
}

/** RFC 2253, as Java writes it: the last part first. Node has a part a line, escaped, the first one first. */
const distinguishedName = (subject: string): string => subject.split('\n').toReversed().join(',')
