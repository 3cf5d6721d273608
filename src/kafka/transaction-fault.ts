// What an error says about a transaction, and what a person can do about it.

import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'

/** What a send must not be answered with while the producer is what it believes to be. */
const DOUBTFUL = new Set([
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'TRANSACTION_COORDINATOR_FENCED',
  'KAFKAJS_UNKNOWN_ERROR_CODE',
])

/** Whether the answer leaves it open what the producer, or its transaction, is. */
export function isDoubtful(type: string): boolean {
  return DOUBTFUL.has(type)
}

/** In the form in which a send's reason is: the protocol's own word first. */
export function faultOf(error: unknown): PannierError {
  if (error instanceof PannierError) return error
  const { type, message } = innermost(error)
  const facts = { code: 'KAFKA_TRANSACTION', hint: HINTS[type ?? ''] ?? null, retriable: true, cause: error }
  return new PannierError(type === undefined ? message : `${type}: ${message}`, facts)
}

const HINTS: Readonly<Record<string, string>> = {
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    'allow it: kafka-acls.sh --add --allow-principal User:... --operation Write --operation Describe --transactional-id ...',
  TOPIC_AUTHORIZATION_FAILED:
    'allow it: kafka-acls.sh --add --allow-principal User:... --operation Read --operation Write --operation Describe --operation Create --topic ...',
}
