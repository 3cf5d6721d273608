/** Puts the values of the sections together as a Config: paths made absolute, inputs given what they inherit. */

import { isAbsolute, resolve } from 'node:path'
import type { LineRules } from '../lines/select.ts'
import type { Config, InputConfig, KafkaConfig, MessageConfig, SessionConfig } from './config.ts'
import type { InputValues, SectionValues } from './section-values.ts'
import { securityOf } from './security-config.ts'

export interface Surroundings {
  readonly path: string
  readonly cwd: string
  readonly host: string
}

export function assemble(values: SectionValues, { path, cwd, host }: Surroundings): Config {
  const { basic_conf: basic, shutdown_conf: shutdown, log_conf: log } = values
  return {
    path: resolve(cwd, path),
    inputs: inputsOf(values, cwd),
    interval: basic.interval,
    host: basic.host || host,
    stateDir: resolve(cwd, basic.state_dir),
    stateDirIsRelative: !isAbsolute(basic.state_dir),
    memoryLimit: basic.memory_limit,
    maxOpenFiles: basic.max_open_files,
    deadLetterLimit: basic.dead_letter_limit,
    kafka: kafkaOf(values, cwd, basic.host || host),
    session: sessionOf(values),
    shutdown: {
      timeout: shutdown.shutdown_timeout,
      quiet: shutdown.shutdown_quiet,
      flushPartialOnShutdown: shutdown.flush_partial_on_shutdown,
      flushPartialAfter: shutdown.flush_partial_after,
    },
    log: {
      level: log.level,
      file: log.file === null ? null : resolve(cwd, log.file),
      maxBytes: log.max_bytes,
      keep: log.keep,
    },
  }
}

/** [basic_conf] is an input itself where it has an inputpath, and else only what the others inherit. */
function inputsOf(values: SectionValues, cwd: string): InputConfig[] {
  const { basic_conf: basic, kafka_conf: kafka, message_conf: message, fields, inputs } = values
  const common = { ...basic, ...message, topic: kafka.topic }
  const first = basic.inputpath.length === 0 ? [] : [inputOf('default', common, fields, cwd)]
  const further = inputs.map(({ name, own, fields: added }) =>
    inputOf(name, { ...common, inputpath: [], ...own }, { ...fields, ...added }, cwd),
  )
  return [...first, ...further]
}

function inputOf(name: string, values: InputValues, fields: Record<string, string>, cwd: string): InputConfig {
  return {
    name,
    inputpath: values.inputpath.map((path) => resolve(cwd, path)),
    regex: values.regex,
    exclude: values.exclude.map((glob) => excluded(glob, cwd)),
    startAt: values.start_at,
    ignoreOlder: values.ignore_older,
    mode: values.mode,
    onComplete: values.on_complete,
    moveTo: values.move_to === '' ? null : resolve(cwd, values.move_to),
    spoolQuiet: values.spool_quiet,
    charset: values.charset,
    closeInactive: values.close_inactive,
    rotatedQuiet: values.rotated_quiet,
    releaseDeletedAfter: values.release_deleted_after,
    copyHold: values.copy_hold,
    readBytesPerTurn: values.read_bytes_per_turn,
    topic: values.topic,
    message: messageOf(values, fields),
  }
}

/** A glob without a slash is for base names, and one that begins with `**` is for any folder. */
function excluded(glob: string, cwd: string): string {
  return isAbsolute(glob) || !glob.includes('/') || glob.startsWith('**') ? glob : resolve(cwd, glob)
}

function messageOf(values: InputValues, fields: Record<string, string>): MessageConfig {
  return {
    format: values.format,
    maxMessageLength: values.max_message_length,
    longLine: values.long_line,
    linger: values.linger,
    rateLimit: values.rate_limit,
    lineHeaders: values.line_headers,
    rules: rulesOf(values),
    multilineTimeout: values.multiline_timeout,
    fields,
  }
}

function rulesOf(values: InputValues): LineRules | null {
  const { multiline_start: start, include_lines: include, exclude_lines: exclude } = values
  return start === null && include === null && exclude === null ? null : { start, include, exclude }
}

function kafkaOf({ kafka_conf: kafka }: SectionValues, cwd: string, host: string): KafkaConfig {
  const transactionalId = kafka.transactional_id || `${kafka.client_id}-${host}`
  return {
    brokers: kafka.brokers,
    topic: kafka.topic,
    acks: kafka.acks === '1' ? 1 : 'all',
    compression: kafka.compression,
    partitioner: kafka.partitioner,
    createTopic: kafka.create_topic,
    newTopic: {
      partitions: kafka.create_topic_partitions,
      replication: kafka.create_topic_replication,
      configs: kafka.create_topic_config,
    },
    clientId: kafka.client_id,
    requestTimeout: kafka.request_timeout,
    security: securityOf(kafka, cwd),
    delivery: kafka.delivery,
    transactionalId,
    checkpointTopic: kafka.checkpoint_topic ?? checkpointTopicOf(transactionalId),
  }
}

function sessionOf({ session_conf: session, kafka_conf: kafka }: SectionValues): SessionConfig {
  const usual = session.publish_manifest ? `${kafka.topic}.manifests` : null
  return {
    rollover: session.rollover,
    timezone: session.timezone,
    keepSessions: session.keep_sessions,
    publishManifest: session.publish_manifest,
    manifestTopic: session.manifest_topic ?? usual,
  }
}

/** What no topic may be called by is left out of it; two ids that differ in that alone need topics of their own. */
const checkpointTopicOf = (id: string): string =>
  `${id.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, TOPIC_LENGTH - CHECKPOINT.length)}${CHECKPOINT}`
const CHECKPOINT = '.checkpoint'
const TOPIC_LENGTH = 249
