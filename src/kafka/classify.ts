// What an error of a send says about the fate of its batch. In doubt the fate is unknown, and the batch is repeated as it is.

import type { SendOutcome } from '../deliver/broker.ts'
import { PannierError } from '../support/errors.ts'

/**
 * Answers that only a produce request gets, and only before the batch is in the log: https://kafka.apache.org/protocol#protocol_error_codes
 * NOT_LEADER_FOR_PARTITION is not among them: a leader that loses its office while it waits for the replicas says so of a
 * batch that it has written, and that its successor may hold (kafka.server.DelayedProduce); nor is UNKNOWN_TOPIC_OR_PARTITION.
 */
const NOT_TAKEN = new Set([
  'NOT_ENOUGH_REPLICAS',
  // The clock of a host may be wrong for a while, and what is read again is given another time: no fault of the content.
  'INVALID_TIMESTAMP',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'CORRUPT_MESSAGE',
])
/** The same, but questions for metadata get them too, which say nothing about a batch that was sent before them. */
const DENIED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
])
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const INVALID = new Set(['INVALID_RECORD'])

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

/** Of several, as the creation of topics has them, the first speaks for all. */
function originalOf(error: Error): unknown {
  if ('errors' in error && Array.isArray(error.errors)) return error.errors[0]
  return 'originalError' in error ? error.originalError : undefined
}

export interface Fate {
  /** Bytes of the batch may have been given to a socket. */
  readonly written: boolean
  /** The error is the answer to the produce request itself. */
  readonly answered: boolean
}

export function classify(error: unknown, { written, answered }: Fate): SendOutcome {
  const inner = innermost(error)
  const type = typeof inner.type === 'string' ? inner.type : null
  const reason = type === null ? readable(error instanceof PannierError ? error : inner) : `${type}: ${inner.message}`
  if (type !== null && TOO_LARGE.has(type)) return { kind: 'too_large', reason }
  if (type !== null && INVALID.has(type)) return { kind: 'invalid', reason }
  const refused = !written || (type !== null && (NOT_TAKEN.has(type) || (answered && DENIED.has(type))))
  return { kind: refused ? 'refused' : 'unknown', reason }
}

/** The broker that leads a partition without a leader is -1 in kafkajs' words. */
const readable = ({ message }: Error): string =>
  message.startsWith('Broker -1 not found') ? 'LEADER_NOT_AVAILABLE: the partition has no leader now' : message
