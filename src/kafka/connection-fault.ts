// Why no conversation with a broker comes about, in words that say what to do: kafkajs' own are those of its insides.

import { innermost } from './classify.ts'

export interface ConnectionFault {
  readonly reason: string
  readonly hint: string
}

const RUNNING = 'start the broker, or correct [kafka_conf] brokers'
const NAME = 'correct the host name in [kafka_conf] brokers, or the name service of this host'
const NETWORK = 'look at the route and the firewalls between this host and the broker'
const NOT_KAFKA =
  'is this the port of a Kafka listener, and one without TLS and SASL? correct [kafka_conf] brokers, or the listener'
const SLOW = 'is this the port of a Kafka listener? if it is, the broker is overloaded or hangs: look at its log'

/** By the system's code, which kafkajs keeps on its error or only in its text. */
const BY_CODE: Readonly<Record<string, ConnectionFault>> = {
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
const BY_TEXT: readonly (readonly [RegExp, ConnectionFault])[] = [
  [/^Closed connection/, { reason: 'it takes the connection and closes it', hint: NOT_KAFKA }],
  [/^Connection timeout/, { reason: 'the connection comes to nothing (timed out)', hint: NETWORK }],
  [/Request .* timed out|gave no answer within/, { reason: 'it takes the connection and says nothing', hint: SLOW }],
]

export function connectionFault(error: unknown): ConnectionFault {
  const inner = innermost(error)
  const code = typeof inner.code === 'string' ? inner.code : (/\b(?:E[A-Z_]{4,})\b/.exec(inner.message)?.[0] ?? '')
  const byText = BY_TEXT.find(([words]) => words.test(inner.message))?.[1]
  const hint =
    'check [kafka_conf] brokers, that the broker runs, and that its advertised.listeners can be reached from here'
  return BY_CODE[code] ?? byText ?? { reason: inner.message, hint }
}
