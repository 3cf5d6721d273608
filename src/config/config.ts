/** The frozen, fully resolved settings: what `loadConfig` makes of config.ini and what every other part is given. */

import type { LineRules } from '../lines/select.ts'
import type { SecurityConfig } from './security-config.ts'

/** Times are milliseconds, sizes are bytes, paths are absolute. */
export interface Config {
  readonly path: string
  readonly inputs: readonly InputConfig[]
  readonly interval: number
  readonly host: string
  readonly stateDir: string
  /** As it was given: it depends on the working directory. */
  readonly stateDirIsRelative: boolean
  readonly memoryLimit: number
  readonly maxOpenFiles: number
  /** Bytes of the dead letters' file. */
  readonly deadLetterLimit: number
  readonly kafka: KafkaConfig
  readonly session: SessionConfig
  readonly shutdown: ShutdownConfig
  readonly log: LogConfig
}

export interface InputConfig {
  /** `default` for [basic_conf], NAME for [input:NAME]. */
  readonly name: string
  /** Absolute globs or folders. */
  readonly inputpath: readonly string[]
  /** Anchored at the start of the base name; null takes all. */
  readonly regex: RegExp | null
  readonly exclude: readonly string[]
  readonly startAt: 'beginning' | 'end'
  readonly ignoreOlder: number
  /** spool: a file is finished when it is taken, ships once, and is then dealt with as `onComplete` says. */
  readonly mode: 'tail' | 'spool'
  readonly onComplete: 'keep' | 'rename' | 'move' | 'delete'
  /** Absolute; null unless files are moved. */
  readonly moveTo: string | null
  /** Milliseconds without a change after which a spool's file counts as finished. */
  readonly spoolQuiet: number
  /** As messages name it; `utf-16` where each file's first bytes tell the order. */
  readonly charset: string
  readonly closeInactive: number
  readonly rotatedQuiet: number
  readonly releaseDeletedAfter: number
  /** Milliseconds for which a new file that begins like a living one is held. */
  readonly copyHold: number
  readonly readBytesPerTurn: number
  readonly topic: string
  readonly message: MessageConfig
}

export interface MessageConfig {
  /** Null where lines are taken as they come. */
  readonly rules: LineRules | null
  /** Milliseconds for which an event waits for its end. */
  readonly multilineTimeout: number
  readonly format: 'json' | 'raw' | 'line'
  readonly maxMessageLength: number | 'auto'
  /** What becomes of a line that fits no message. */
  readonly longLine: 'split' | 'truncate' | 'dead_letter'
  /** Milliseconds that whole lines may wait for a fuller message. */
  readonly linger: number
  /** Bytes per second; 0: no limit. */
  readonly rateLimit: number
  readonly lineHeaders: 'minimal' | 'all' | 'none'
  readonly fields: Readonly<Record<string, string>>
}

export interface KafkaConfig {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly acks: 'all' | 1
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly partitioner: 'file' | 'round_robin'
  readonly createTopic: boolean
  readonly newTopic: NewTopic
  readonly clientId: string
  readonly requestTimeout: number
  readonly security: SecurityConfig
  readonly delivery: 'at_least_once' | 'exactly_once'
  readonly transactionalId: string
  readonly checkpointTopic: string
}

/** What a topic is created with; null leaves it to the broker. */
export interface NewTopic {
  readonly partitions: number | null
  readonly replication: number | null
  readonly configs: Readonly<Record<string, string>>
}

export interface SessionConfig {
  readonly rollover: string
  /** An IANA name, already resolved. */
  readonly timezone: string
  readonly keepSessions: number
  readonly publishManifest: boolean
  readonly manifestTopic: string | null
}

export interface ShutdownConfig {
  readonly timeout: number
  readonly quiet: number
  readonly flushPartialOnShutdown: boolean
  readonly flushPartialAfter: number
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'
  readonly file: string | null
  readonly maxBytes: number
  readonly keep: number
}

/** The input of this name; of a file whose input is no longer configured, the default one. */
export const inputNamed = (inputs: readonly InputConfig[], name: string): InputConfig =>
  inputs.find((input) => input.name === name) ?? (inputs[0] as InputConfig)

/** Four messages in flight or in the making must fit the memory, or one alone could stop all others; two more where they are compressed. */
export const largestBatch = ({ memoryLimit, kafka: { compression } }: Config): number =>
  Math.floor(memoryLimit / (compression === 'none' ? 4 : 6))
