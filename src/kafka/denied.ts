// What an ACL forbids, in its own words: who, what, and to which topic.

import { PannierError } from '../support/errors.ts'

export type Operation = 'Describe' | 'Create' | 'Write' | 'Read' | 'DescribeConfigs'

export function denied(topic: string, operation: Operation, principal: string, cause?: unknown): PannierError {
  return new PannierError(`the broker refuses ${principal} the operation ${operation} on topic "${topic}"`, {
    code: 'TOPIC_DENIED',
    hint: `allow it: ${aclCommand(topic, operation, principal)}`,
    retriable: true,
    cause,
  })
}

/** Write and Read go with Describe. */
export const aclCommand = (topic: string, operation: Operation, principal: string): string =>
  `kafka-acls.sh --add --allow-principal ${quoted(principal)} --operation ${operation} --topic ${topic}`

const quoted = (principal: string): string =>
  /^[\w:.@-]+$/.test(principal) ? principal : `'${principal.replaceAll("'", String.raw`'\''`)}'`

/** Of the protocol's answers. */
export const isDenial = (type: string | undefined): boolean => type?.endsWith('AUTHORIZATION_FAILED') === true
