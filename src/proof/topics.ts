// The topics that a restore reads: those that the configuration names, and those that the state knows of.

import type { Config } from '../config/config.ts'
import type { TopicReader } from '../kafka/reader.ts'
import type { SessionAccount } from './accounts.ts'
import { filesOf } from './proof.ts'

const TOKEN = /\{(?:basename|dir|host|input|yyyyMMdd)\}/
const TOKENS: Readonly<Record<string, string>> = { '{yyyyMMdd}': '\\d{8}' }

/** In order of their names, each once. */
export async function topicsOf(
  { inputs }: Pick<Config, 'inputs'>,
  sessions: readonly SessionAccount[],
  reader: Pick<TopicReader, 'topics'>,
): Promise<string[]> {
  const named = new Set<string>()
  const patterns: RegExp[] = []
  for (const { topic } of inputs) {
    if (TOKEN.test(topic)) patterns.push(patternOf(topic))
    else named.add(topic)
  }
  if (patterns.length > 0) {
    for (const topic of await reader.topics()) if (patterns.some((pattern) => pattern.test(topic))) named.add(topic)
  }
  for (const file of filesOf(sessions)) if (file.first !== null) named.add(file.topic)
  return [...named].toSorted()
}

/** What a template may have become: a token stands for any characters that a topic may have. */
function patternOf(template: string): RegExp {
  const parts = template.split(new RegExp(`(${TOKEN.source})`))
  const source = parts
    .map((part) => (TOKEN.test(part) ? (TOKENS[part] ?? '[\\w.-]*') : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
  return new RegExp(`^${source}$`)
}
