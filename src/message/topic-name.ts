// The topic of a file from the template in `topic`. Pure.

import { basename, dirname } from 'node:path'
import { PannierError } from '../support/errors.ts'

export interface TopicValues {
  readonly path: string
  readonly host: string
  readonly input: string
}

/** https://kafka.apache.org/documentation/#brokerconfigs names no rule; this is org.apache.kafka.common.internals.Topic. */
const LEGAL = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/
const DATE = '{yyyyMMdd}'

/** All but the date, which follows the session. Characters that no topic may hold become `_`. */
export const topicAtBirth = (template: string, values: TopicValues): string => filled(template, values, legal)

/** The same with the characters as they are: what a person may have expected. */
export const topicInWords = (template: string, values: TopicValues): string =>
  filled(template, values, (value) => value)

function filled(template: string, { path, host, input }: TopicValues, made: (value: string) => string): string {
  const values: Record<string, string> = { basename: basename(path), dir: basename(dirname(path)), host, input }
  return template.replace(/\{(basename|dir|host|input)\}/g, (_all, name: string) => made(values[name] ?? ''))
}

const legal = (value: string): string => value.replace(/[^a-zA-Z0-9._-]/g, '_')

/** Puts the session's date in. Throws TOPIC_ILLEGAL. */
export function topicInSession(topic: string, session: string): string {
  const name = topic.replaceAll(DATE, session.slice(0, 10).replaceAll('-', ''))
  if (LEGAL.test(name)) return name
  throw new PannierError(`topic = ${topic} gives "${name}", which is no legal topic name`, {
    code: 'TOPIC_ILLEGAL',
    hint: 'a topic name has 1 to 249 of the characters a-z A-Z 0-9 . _ -',
  })
}

/** Where messages of a session went; a topic that cannot be had took none, and keeps its template. */
export function topicOrTemplate(topic: string, session: string): string {
  try {
    return topicInSession(topic, session)
  } catch {
    return topic
  }
}
