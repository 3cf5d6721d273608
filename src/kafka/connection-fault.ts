// Why no conversation with a broker comes about, in words that say what to do: kafkajs' own are those of its insides.

import { NO_SECURITY, type SecurityConfig } from '../config/security-config.ts'
import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'
import { ownError, saslFault, tlsFault } from './security/fault.ts'

export interface ConnectionFault {
  /** Names the kind, for those who group what is told. */
  readonly code: string
  readonly reason: string
  readonly hint: string
}

/** The kind of all that has to do with the way to the broker. */
export const UNREACHABLE = 'KAFKA_UNREACHABLE'

type Words = Pick<ConnectionFault, 'reason' | 'hint'>

const RUNNING = 'start the broker, or correct [kafka_conf] brokers'
const NAME = 'correct the host name in [kafka_conf] brokers, or the name service of this host'
const NETWORK = 'look at the route and the firewalls between this host and the broker'
const NOT_KAFKA =
  'is this the port of a Kafka listener? does it want TLS (ssl) or a login (sasl)? correct [kafka_conf] brokers, or the listener'
const SLOW = 'is this the port of a Kafka listener? if it is, the broker is overloaded or hangs: look at its log'

/** By the system's code, which kafkajs keeps on its error or only in its text. */
const BY_CODE: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { reason: 'connection refused, nothing listens there', hint: RUNNING },
  ENOTFOUND: { reason: 'no such host name', hint: NAME },
  EAI_AGAIN: { reason: 'the name service does not answer', hint: NAME },
  EHOSTUNREACH: { reason: 'no route to that host', hint: NETWORK },
  ENETUNREACH: { reason: 'no route to that network', hint: NETWORK },
  ETIMEDOUT: { reason: 'the connection comes to nothing (timed out)', hint: NETWORK },
  ECONNRESET: { reason: 'it takes the connection and resets it', hint: NOT_KAFKA },
  EPIPE: { reason: 'it takes the connection and closes it', hint: NOT_KAFKA },
}

/** By kafkajs' words: https://github.com/tulios/kafkajs/blob/v2.2.4/src/network/connection.js */
const BY_TEXT: readonly (readonly [RegExp, Words])[] = [
  [/^Closed connection/, { reason: 'it takes the connection and closes it', hint: NOT_KAFKA }],
  [/^Connection timeout/, { reason: 'the connection comes to nothing (timed out)', hint: NETWORK }],
  [/Request .* timed out|gave no answer within/, { reason: 'it takes the connection and says nothing', hint: SLOW }],
]

/** @param security as it was used for the connection: what a broker objects to depends on it */
export function connectionFault(error: unknown, security: SecurityConfig = NO_SECURITY): ConnectionFault {
  return securityFault(error, security) ?? { code: UNREACHABLE, ...wordsFor(innermost(error)) }
}

/** Null where it is not trust that is missing. */
export function securityFault(error: unknown, security: SecurityConfig): ConnectionFault | null {
  const own = ownError(error)
  if (own !== null && TRUST.test(own.code)) return { code: own.code, reason: own.message, hint: own.hint ?? '' }
  const inner = innermost(error)
  const code = codeOf(inner)
  return tlsFault(code, inner.message, security.ssl) ?? saslFault(inner.type ?? code, inner.message, security)
}

const TRUST = /^(?:TLS|SASL|SECRET)_/

/** That the send did not come about for want of trust, as those have it who ask what to do. */
export const asError = ({ code, reason, hint }: ConnectionFault): PannierError =>
  new PannierError(reason, { code, hint, retriable: true })

const codeOf = (inner: Error & { code?: unknown }): string =>
  typeof inner.code === 'string' ? inner.code : (/\b(?:E[A-Z_]{4,})\b/.exec(inner.message)?.[0] ?? '')

function wordsFor(inner: Error & { code?: unknown }): Words {
  const code = codeOf(inner)
  const byText = BY_TEXT.find(([words]) => words.test(inner.message))?.[1]
  const hint =
    'check [kafka_conf] brokers, that the broker runs, and that its advertised.listeners can be reached from here'
  return BY_CODE[code] ?? byText ?? { reason: inner.message, hint }
}
