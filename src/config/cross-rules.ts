/** The rules that need more than one setting: what they find is refused, or only warned of. */
import { type Config, largestBatch } from './config.ts'
import { coversFile, coversFolder } from './covers.ts'
import type { Given } from './given.ts'
import type { Problem } from './problem.ts'
import type { SectionValues } from './section-values.ts'
import { securityRefusals, securityWarnings } from './security-rules.ts'
import { sections } from './settings.ts'

/** A problem whose value and line are still to be looked up among the pairs. */
export interface Finding extends Omit<Problem, 'value' | 'line' | 'variable'> {
  /** The key of the other setting, in whose light this one will not do. */
  readonly against: string
}

export function refusals(config: Config, values: SectionValues): Finding[] {
  return [
    ...missingPaths(values),
    ...tooLong(config, values),
    ...tooFewLetters(config),
    ...spools(config),
    ...manifestTopic(config),
    ...exactlyOnce(config),
    ...securityRefusals(values),
    ...creation(values),
  ]
}

export function warnings(config: Config, values: SectionValues, pairs: readonly Given[]): Finding[] {
  return [
    ...ownFiles(config),
    ...shutdownTimes(config),
    ...notSpools(config),
    ...securityWarnings(values),
    ...swallowed(pairs),
  ]
}

/** Whoever sets one of these believes that topics are created. */
function creation({ kafka_conf: kafka }: SectionValues): Finding[] {
  const given = [
    ['create_topic_partitions', kafka.create_topic_partitions !== null],
    ['create_topic_replication', kafka.create_topic_replication !== null],
    ['create_topic_config', Object.keys(kafka.create_topic_config).length > 0],
  ] as const
  const [message, hint] = ['has no effect with create_topic = no', 'set create_topic = yes']
  const idle = kafka.create_topic ? [] : given.filter(([, isSet]) => isSet)
  return idle.map(([key]) => ({ section: 'kafka_conf', key, against: 'create_topic', message, hint }))
}

function missingPaths({ basic_conf: basic, inputs }: SectionValues): Finding[] {
  const missing = inputs.filter(({ own }) => (own.inputpath ?? []).length === 0).map(({ section }) => section)
  const without = inputs.length === 0 && basic.inputpath.length === 0 ? ['basic_conf'] : missing
  const [message, hint] = ['names no files to ship', 'e.g. inputpath = /var/log/app/*.log']
  return without.map((section) => ({ section, key: 'inputpath', against: 'inputpath', message, hint }))
}

function tooLong(config: Config, { message_conf: message, inputs }: SectionValues): Finding[] {
  const lengths = [
    { section: 'message_conf', length: message.max_message_length },
    ...inputs.map(({ section, own }) => ({ section, length: own.max_message_length ?? 'auto' })),
  ]
  const most = largestBatch(config)
  const share = config.kafka.compression === 'none' ? 'a quarter' : 'a sixth, with compression,'
  return lengths
    .filter(({ length }) => length !== 'auto' && length > most)
    .map(({ section }) => ({
      section,
      key: 'max_message_length',
      against: 'memory_limit',
      message: `more than ${share} of memory_limit`,
      hint: `at most ${most} bytes, or raise memory_limit`,
    }))
}

/** A finished file has no end to begin at, and what is moved must have a place to go to. */
function spools({ inputs }: Config): Finding[] {
  return inputs.flatMap(({ name, mode, startAt, onComplete, moveTo }) => {
    const section = sectionOf(name)
    const found: Finding[] = []
    if (mode === 'spool' && startAt === 'end') {
      const message = 'a file of mode spool is shipped whole'
      found.push({ section, key: 'start_at', against: 'mode', message, hint: 'leave it at beginning' })
    }
    if (mode === 'spool' && onComplete === 'move' && moveTo === null) {
      const message = 'names no folder for on_complete = move'
      found.push({ section, key: 'move_to', against: 'on_complete', message, hint: 'e.g. move_to = /var/spool/done' })
    }
    return found
  })
}

/** A log that grows is never done with. */
function notSpools({ inputs }: Config): Finding[] {
  // What is meant for one of them is inherited by the others.
  if (inputs.some(({ mode }) => mode === 'spool')) return []
  return inputs.flatMap(({ name, mode, onComplete }) => {
    if (mode === 'spool' || onComplete === 'keep') return []
    const message = 'has no effect, since only files of mode spool come to an end'
    return [{ section: sectionOf(name), key: 'on_complete', against: 'mode', message, hint: 'set mode = spool' }]
  })
}

const sectionOf = (name: string): string => (name === 'default' ? 'basic_conf' : `input:${name}`)

/** A message, which takes at most a quarter of the memory, has a third more bytes as a dead letter: one must always fit. */
function tooFewLetters({ memoryLimit, deadLetterLimit }: Config): Finding[] {
  if (deadLetterLimit >= memoryLimit / 2) return []
  const hint = `at least ${Math.ceil(memoryLimit / 2)} bytes`
  const message = 'less than half of memory_limit, so that it may not hold a single message'
  return [{ section: 'basic_conf', key: 'dead_letter_limit', against: 'memory_limit', message, hint }]
}

function manifestTopic({ session, kafka }: Config): Finding[] {
  const name = session.manifestTopic
  const isNamed = !session.publishManifest || name === null || !(name.includes('{') || name.length > 249)
  const message = `cannot be derived from the topic ${kafka.topic}`
  return isNamed
    ? []
    : [
        {
          section: 'session_conf',
          key: 'manifest_topic',
          against: 'topic',
          message,
          hint: 'set it, e.g. logs.manifests',
        },
      ]
}

/** What a transaction holds has to be on all replicas, and a file's messages in an order that one offset can tell. */
function exactlyOnce({ kafka }: Config): Finding[] {
  if (kafka.delivery !== 'exactly_once') return []
  return [
    ...(kafka.acks === 'all' ? [] : [inexact('acks', 'not enough for delivery = exactly_once', 'acks = all')]),
    ...(kafka.partitioner === 'file'
      ? []
      : [inexact('partitioner', 'cannot go with delivery = exactly_once', 'partitioner = file')]),
  ]
}

const inexact = (key: string, message: string, hint: string): Finding => ({
  section: 'kafka_conf',
  key,
  against: 'delivery',
  message,
  hint,
})

/** An agent that ships what it writes never comes to an end. */
function ownFiles({ inputs, stateDir, log }: Config): Finding[] {
  const paths = inputs.flatMap(({ inputpath }) => inputpath)
  const state = paths.find((path) => coversFolder(path, stateDir))
  const file = paths.find((path) => log.file !== null && coversFile(path, log.file))
  return [
    ...(state === undefined ? [] : [covered('basic_conf', 'state_dir', state)]),
    ...(file === undefined ? [] : [covered('log_conf', 'file', file)]),
  ]
}

function covered(section: string, key: string, input: string): Finding {
  const message = `lies where the input ${input} looks for files`
  return { section, key, against: 'inputpath', message, hint: 'move it elsewhere' }
}

function shutdownTimes({ shutdown }: Config): Finding[] {
  if (shutdown.quiet <= shutdown.timeout) return []
  const message = 'longer than shutdown_timeout, so the files are never quiet for long enough'
  return [
    { section: 'shutdown_conf', key: 'shutdown_quiet', against: 'shutdown_timeout', message, hint: 'make it shorter' },
  ]
}

/** A pair that was indented by mistake is part of the value above it, for configparser and so for us. */
function swallowed(pairs: readonly Given[]): Finding[] {
  const keys = Object.values(sections).flatMap((table) => Object.keys(table))
  return pairs.flatMap(({ section, key, value }) => {
    const found = value
      .split('\n')
      .slice(1)
      .map((line) => /^\w+(?=\s*[=:])/.exec(line)?.[0] ?? '')
      .find((name) => keys.includes(name))
    if (found === undefined) return []
    const message = `${found}, below it, is indented and so belongs to this value`
    return [{ section, key, against: found, message, hint: 'move it to the start of its line' }]
  })
}
