/** The types of settings that Kafka gives their rules: brokers and topic names. */
import { didYouMean } from './nearest.ts'
import { integer, items, type Parsed, type ValueType } from './value-type.ts'

const defaultPort = 9092

/** What a topic may hold; a file's topic is made of it at the file's birth. */
const topicTokens = ['basename', 'dir', 'host', 'input', 'yyyyMMdd']

/** `host:port`, the port 9092 where none is given, IPv6 addresses in brackets. */
export const brokerList: ValueType<readonly string[]> = {
  name: 'list of host:port',
  rule: `separated by commas or line ends; port ${defaultPort} where none is given`,
  parse(text) {
    const addresses = items(text, ',')
    const bad = addresses.find((address) => withPort(address) === null)
    if (bad !== undefined) return { refused: `${bad} is not host:port`, hint: 'e.g. kafka-1:9092,kafka-2:9092' }
    if (addresses.length === 0) return { refused: 'no broker', hint: 'e.g. 127.0.0.1:9092' }
    return { value: addresses.map((address) => withPort(address) ?? address) }
  },
}

/** A name that may hold tokens such as {basename}. */
export const topicPattern: ValueType<string> = {
  name: 'topic',
  rule: `may hold ${topicTokens.map((token) => `{${token}}`).join(' ')}`,
  parse(text) {
    const tokens = [...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '')
    const unknown = tokens.find((token) => !topicTokens.includes(token))
    if (unknown !== undefined) {
      const known = `known: ${topicTokens.map((token) => `{${token}}`).join(' ')}`
      return { refused: `unknown token {${unknown}}`, hint: didYouMean(unknown, topicTokens).hint ?? known }
    }
    // A token stands for something, and what it stands for is made legal when the topic is made.
    const plain = text.replaceAll(/\{[^{}]*\}/g, 'x')
    const checked = legalTopic(plain)
    return 'refused' in checked ? checked : { value: text }
  },
}

/** Null leaves it to the broker. */
export function countOrAuto(max: number): ValueType<number | null> {
  const whole = integer(1, max)
  return {
    name: 'whole number',
    rule: `auto, or ${whole.rule}`,
    parse: (text) => (text.toLowerCase() === 'auto' ? { value: null } : whole.parse(text)),
  }
}

/** Settings of a topic. */
export const topicConfigs: ValueType<Readonly<Record<string, string>>> = {
  name: 'list of name=value',
  rule: 'separated by semicolons or line ends',
  parse(text) {
    const pairs = items(text, ';').map((item) => /^([a-z][a-z0-9.]*)\s*=\s*(\S.*)$/.exec(item))
    const configs = Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
    if (pairs.includes(null))
      return { refused: 'not name=value', hint: 'e.g. retention.ms=604800000;min.insync.replicas=2' }
    if (/\bcompact\b/.test(configs['cleanup.policy'] ?? '')) {
      return { refused: 'compaction would keep one message of each file', hint: 'leave cleanup.policy at delete' }
    }
    return { value: configs }
  },
}

export const optionalTopic: ValueType<string | null> = {
  name: 'topic',
  rule: 'may be empty',
  parse: (text) => (text === '' ? { value: null } : legalTopic(text)),
}

function withPort(address: string): string | null {
  const match = /^(\[[0-9a-fA-F:.%\w]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(address)
  const port = Number(match?.[2] ?? defaultPort)
  return match === null || port < 1 || port > 65_535 ? null : `${match[1]}:${port}`
}

/** As org.apache.kafka.common.internals.Topic has it. */
function legalTopic(name: string): Parsed<string> {
  if (name === '') return { refused: 'is empty', hint: 'e.g. logs' }
  if (name === '.' || name === '..') return { refused: 'Kafka allows no topic of that name' }
  if (name.length > 249) return { refused: 'too long for a topic', hint: 'at most 249 characters' }
  if (/^[A-Za-z0-9._-]+$/.test(name)) return { value: name }
  return { refused: 'not a legal topic', hint: 'letters, digits, dots, underscores and hyphens' }
}
