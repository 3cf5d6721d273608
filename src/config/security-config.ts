/** How the agent and the brokers prove themselves to each other, as the rest of the program is given it. */
import { resolve } from 'node:path'
import { Secret } from '../support/secret.ts'
import type { SectionValues } from './section-values.ts'

export interface SecurityConfig {
  /** Null: connections are not encrypted. */
  readonly ssl: SslConfig | null
  /** Null: nobody logs in. */
  readonly sasl: SaslConfig | null
}

/** Files are absolute paths; null where none is given. */
export interface SslConfig {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  readonly keyPassword: Secret | null
  readonly verify: boolean
}

export interface SaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer'
  readonly username: string
  readonly password: Secret
  /** Of `oauthbearer` alone. */
  readonly oauth: OauthConfig | null
}

export interface OauthConfig {
  readonly tokenUrl: string
  readonly scope: string | null
  readonly ca: string | null
  readonly extensions: Readonly<Record<string, string>>
}

export const NO_SECURITY: SecurityConfig = { ssl: null, sasl: null }

type KafkaValues = SectionValues['kafka_conf']

/** What is missing is told by security-rules.ts, and the result not used. */
export function securityOf(kafka: KafkaValues, cwd: string): SecurityConfig {
  const file = (path: string | null): string | null => (path === null ? null : resolve(cwd, path))
  const ssl: SslConfig = {
    ca: file(kafka.ssl_ca),
    cert: file(kafka.ssl_cert),
    key: file(kafka.ssl_key),
    keyPassword: secretOf(kafka.ssl_key_password, file(kafka.ssl_key_password_file)),
    verify: kafka.ssl_verify,
  }
  return { ssl: kafka.ssl ? ssl : null, sasl: saslOf(kafka, file) }
}

function saslOf(kafka: KafkaValues, file: (path: string | null) => string | null): SaslConfig | null {
  if (kafka.sasl === 'none') return null
  const oauth: OauthConfig = {
    tokenUrl: kafka.sasl_oauth_token_url ?? '',
    scope: kafka.sasl_oauth_scope,
    ca: file(kafka.sasl_oauth_ca),
    extensions: kafka.sasl_oauth_extensions,
  }
  return {
    mechanism: kafka.sasl,
    username: kafka.sasl_username ?? '',
    password: secretOf(kafka.sasl_password, file(kafka.sasl_password_file)) ?? Secret.of(''),
    oauth: kafka.sasl === 'oauthbearer' ? oauth : null,
  }
}

function secretOf(text: string | null, path: string | null): Secret | null {
  if (path !== null) return Secret.inFile(path)
  return text === null ? null : Secret.of(text)
}
