// What an error of a send says about the fate of its batch. In doubt the fate is unknown, and the batch is repeated as it is.

import type { SendOutcome } from '../deliver/broker.ts'

/** The broker's answers after which the batch is certainly not in the log: https://kafka.apache.org/protocol#protocol_error_codes */
const REFUSED = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'INVALID_REQUIRED_ACKS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'ILLEGAL_SASL_STATE',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
  'THROTTLING_QUOTA_EXCEEDED',
  'CORRUPT_MESSAGE',
])
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const INVALID = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP'])

/** kafkajs wraps errors in errors; the innermost one that names a protocol answer says most. */
export function innermost(error: unknown): Error & { type?: string; code?: unknown } {
  let found = error instanceof Error ? error : new Error(String(error))
  const seen = new Set<unknown>()
  for (let next: unknown = found; next instanceof Error && !seen.has(next); next = next.cause ?? originalOf(next)) {
    seen.add(next)
    found = next
    if ('type' in next && typeof next.type === 'string') break
  }
  return found
}

const originalOf = (error: Error): unknown => ('originalError' in error ? error.originalError : undefined)

/** @param written whether any byte of the batch was given to a socket */
export function classify(error: unknown, written: boolean): SendOutcome {
  const inner = innermost(error)
  const type = typeof inner.type === 'string' ? inner.type : null
  const reason = type === null ? inner.message : `${type}: ${inner.message}`
  if (type !== null && TOO_LARGE.has(type)) return { kind: 'too_large', reason }
  if (type !== null && INVALID.has(type)) return { kind: 'invalid', reason }
  if (type !== null && REFUSED.has(type)) return { kind: 'refused', reason }
  return { kind: written ? 'unknown' : 'refused', reason }
}
