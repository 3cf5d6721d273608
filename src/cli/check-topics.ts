// What `check` says of the topics that files go to: those that no topic can be called are refused here, before anything is sent.

import type { Config, InputConfig } from '../config/config.ts'
import { discover } from '../files/discover.ts'
import { systemDisk } from '../files/disk.ts'
import { topicAtBirth, topicInSession, topicInWords } from '../message/topic-name.ts'
import { localDate, sessionId } from '../state/calendar.ts'
import { PannierError } from '../support/errors.ts'
import { count, type Finding, fail, warn } from './finding.ts'

/** The inputs that write to a topic. */
export type Topics = ReadonlyMap<string, readonly InputConfig[]>

interface Named {
  /** What it would be called if a topic could be. */
  readonly words: string
  readonly topic: string
  readonly path: string
}

/** The topics of the files that are there now, and those that need no file to be known. */
export async function topicsOf(config: Config): Promise<{ topics: Topics; faults: Finding[] }> {
  const now = Date.now()
  const session = sessionId(now, config.session.timezone, () => false)
  const topics = new Map<string, InputConfig[]>()
  const faults = new Map<string, Finding>()
  const changed = new Map<string, Named>()
  const { candidates } = await discover(config.inputs, systemDisk, [localDate(now, config.session.timezone)])
  const fixed = config.inputs
    .filter(({ topic }) => !/\{(?:basename|dir)\}/.test(topic))
    .map((input) => ({ path: '', input }))
  for (const { path, input } of [...fixed, ...candidates]) {
    const values = { path, host: config.host, input: input.name }
    try {
      const atBirth = topicAtBirth(input.topic, values)
      const topic = topicInSession(atBirth, session)
      const inputs = topics.get(topic) ?? []
      if (!inputs.includes(input)) topics.set(topic, [...inputs, input])
      const words = topicInWords(input.topic, values)
      if (words !== atBirth) changed.set(words, { words, topic, path })
    } catch (error) {
      if (!(error instanceof PannierError)) throw error
      if (!faults.has(input.name)) faults.set(input.name, fail(`topic of ${path}: ${error.message}`, error.hint))
    }
  }
  return { topics, faults: [...faults.values(), ...renamed([...changed.values()])] }
}

/** One line for all: two names may become the same topic. */
function renamed(changed: readonly Named[]): Finding[] {
  const [first] = changed
  if (first === undefined) return []
  const more = changed.length === 1 ? '' : `, and ${count(changed.length - 1, 'more name')} likewise`
  const { words, topic, path } = first
  const whose = path === '' ? '' : ` of ${path}`
  return [
    warn(
      `topic${whose}: "${words}" becomes "${topic}"${more}, since a topic has only the characters a-z A-Z 0-9 . _ -`,
      'rename it, or choose another topic: names that differ in such characters alone share one',
    ),
  ]
}
