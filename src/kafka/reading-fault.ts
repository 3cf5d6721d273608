// Why a topic cannot be read, in words that say what to do, and whether waiting may help.

import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'
import { asError, securityFault, UNREACHABLE } from './connection-fault.ts'
import { denied, isDenial } from './denied.ts'
import type { Security } from './security/security.ts'

export interface ReadingFault {
  readonly fault: PannierError
  /** The same call will fail the same way. */
  readonly final: boolean
}

export interface Asked {
  /** In the words of the message. */
  readonly what: string
  readonly topic: string
}

export function readingFault({ what, topic }: Asked, error: unknown, security: Security): ReadingFault {
  // Every broker that is named was tried, and a person waits for the answer.
  if (error instanceof PannierError && error.code === UNREACHABLE) return { fault: error, final: true }
  const missing = securityFault(error, security.config)
  if (missing !== null) return { fault: error instanceof PannierError ? error : asError(missing), final: true }
  const inner = innermost(error)
  const told = (code: string, reason: string, hint: string | null): PannierError =>
    new PannierError(`${what}: ${reason}`, { code, hint, retriable: true, cause: error })
  if (inner.type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return { fault: told('TOPIC_MISSING', 'the topic does not exist', null), final: true }
  if (isDenial(inner.type)) {
    const { message, hint } = denied(topic, 'Read', security.principal)
    return { fault: told('TOPIC_DENIED', message, hint), final: true }
  }
  if (inner.name === 'KafkaJSNotImplemented' || inner instanceof RangeError) {
    const hint = 'this version reads record batches without compression or with gzip, of at most 100,000 records each'
    return { fault: told('KAFKA_CODEC', inner.message, hint), final: true }
  }
  return {
    fault: told('KAFKA_READ', inner.message, 'start the brokers that hold it, or try again later'),
    final: false,
  }
}
