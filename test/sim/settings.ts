// The settings and the temper of one run, drawn from its seed: small limits, so that few bytes cover many chunks.

import type { Config } from '../../src/config/config.ts'
import { byteLines, type LineEnds } from '../../src/text/line-ends.ts'
import type { BirthTimes } from './files.ts'
import type { Random } from './random.ts'

export interface Settings {
  readonly config: Config
  /** As in the configuration. */
  readonly charset: string
  readonly ends: LineEnds
  readonly birthTimes: BirthTimes
  /** Milliseconds by which the times of files move on. */
  readonly tick: number
  /** Handles are so few that those of files with unread bytes are closed. */
  readonly fewHandles: boolean
  /** The first bytes of every content. */
  readonly header: string
  readonly partitions: number
  /** Milliseconds since the epoch. */
  readonly begin: number
  readonly actions: number
  /** How likely the world acts at a call of the agent, and the mean time between its actions otherwise. */
  readonly restless: number
  readonly pace: number
  readonly sluggish: number
  /** How much each kind of action is wanted; swarm testing: each run leaves some out. */
  readonly wants: Readonly<Record<string, number>>
}

const PATTERNS = [['/logs/*.log'], ['/logs/*'], ['/logs'], ['/logs/*.log', '/logs/sub/*.log'], ['/logs/**']]
const REWRITES = ['truncate', 'refill', 'rewrite', 'forge', 'copyTruncate', 'hole']
const LATE = ['takeOut']
const EVENING = Date.parse('2026-11-20T23:59:40Z')
const MORNING = Date.parse('2026-11-20T09:00:00Z')

/** @param late draws what came into the simulation later, so that the rest of a seed stays as it was */
export function drawSettings(random: Random, late: Random, kinds: readonly string[]): Settings {
  const wants: Record<string, number> = {}
  const dull = random.chance(0.3) ? 0.7 : 0.3
  for (const kind of kinds) {
    const from = LATE.includes(kind) ? late : random
    wants[kind] = from.chance(dull) ? 0 : from.next() + 0.1
  }
  const config = withDeadLetters(drawConfig(random), late)
  const birthTimes = random.chance(0.7) ? 'kept' : random.pick(['none', 'change'] as const)
  // Without a birth time nothing tells a file on a device of another number from a new one.
  if (birthTimes !== 'kept') wants['reboot'] = 0
  // Not yet: a hole that is read anew is not compared with the ranges behind it that were shipped before.
  if (config.kafka.partitioner === 'round_robin') for (const kind of REWRITES) wants[kind] = 0
  return {
    config,
    charset: 'utf-8',
    ends: byteLines,
    birthTimes,
    tick: random.pick([0, 0, 4, 10]),
    fewHandles: random.chance(0.1),
    header: random.chance(0.5) ? '' : `# header ${'='.repeat(random.pick([10, 300, 1100]))}\n`,
    partitions: random.between(1, 3),
    begin: random.chance(0.5) ? MORNING : EVENING,
    actions: random.between(12, 44),
    restless: random.pick([0, 0.03, 0.12]),
    pace: random.pick([30, 100, 300]),
    sluggish: random.chance(0.2) ? 0.02 : 0,
    wants,
  }
}

function drawConfig(random: Random): Config {
  const memoryLimit = random.pick([8, 16, 64]) * 1024
  return {
    path: '/config.ini',
    inputs: [
      {
        name: 'default',
        inputpath: random.pick(PATTERNS),
        regex: null,
        exclude: [],
        startAt: random.chance(0.1) ? 'end' : 'beginning',
        ignoreOlder: 0,
        mode: 'tail',
        onComplete: 'keep',
        moveTo: null,
        spoolQuiet: 0,
        copyHold: random.pick([200, 1_000, 5_000]),
        charset: 'utf-8',
        closeInactive: random.pick([300, 3_000, 300_000]),
        rotatedQuiet: random.pick([0, 500, 2_000]),
        releaseDeletedAfter: 0,
        readBytesPerTurn: random.pick([512, 2_048, 8_192]),
        topic: 'logs',
        message: drawMessage(random),
      },
    ],
    interval: random.pick([100, 300, 1_000]),
    host: 'host-1',
    stateDir: '/state',
    stateDirIsRelative: false,
    memoryLimit,
    maxOpenFiles: 512,
    deadLetterLimit: 2 ** 30,
    kafka: {
      security: { ssl: null, sasl: null },
      newTopic: { partitions: null, replication: null, configs: {} },
      brokers: ['simulated:9092'],
      topic: 'logs',
      acks: 'all',
      compression: 'none',
      partitioner: random.chance(0.1) ? 'round_robin' : 'file',
      createTopic: false,
      clientId: 'pannier',
      requestTimeout: 30_000,
      delivery: 'at_least_once',
      transactionalId: 'pannier-sim',
      checkpointTopic: 'pannier-sim.checkpoint',
    },
    session: {
      rollover: random.chance(0.7) ? '0 0 * * *' : '* * * * *',
      timezone: 'UTC',
      keepSessions: random.between(1, 3),
      publishManifest: random.chance(0.3),
      manifestTopic: null,
    },
    shutdown: {
      timeout: random.pick([0, 2_000, 20_000]),
      quiet: random.pick([0, 300]),
      flushPartialOnShutdown: random.chance(0.2),
      flushPartialAfter: random.chance(0.2) ? 400 : 0,
    },
    log: { level: 'info', file: null, maxBytes: 1, keep: 1 },
  }
}

function withDeadLetters(config: Config, late: Random): Config {
  const longLine = late.chance(0.6) ? 'split' : late.pick(['truncate', 'dead_letter'] as const)
  const inputs = config.inputs.map((input) => ({ ...input, message: { ...input.message, longLine } as const }))
  return { ...config, inputs, deadLetterLimit: late.chance(0.6) ? 2 ** 30 : late.between(8_000, 14_000) }
}

function drawMessage(random: Random): Config['inputs'][number]['message'] {
  return {
    format: random.chance(0.7) ? 'json' : random.pick(['raw', 'line']),
    maxMessageLength: random.chance(0.5) ? 'auto' : random.between(1_024, 2_048),
    longLine: 'split',
    linger: 0,
    rateLimit: 0,
    lineHeaders: 'minimal',
    rules: null,
    multilineTimeout: 5_000,
    fields: {},
  }
}

/** After a reload: what may change then without another agent's files being meant. */
export function redrawConfig(random: Random, { inputs, ...rest }: Config): Config {
  const again = drawConfig(random)
  const [was] = inputs
  const [next] = again.inputs
  if (was === undefined || next === undefined) return { inputs, ...rest }
  const { closeInactive, readBytesPerTurn } = next
  const input = {
    ...was,
    closeInactive,
    readBytesPerTurn,
    message: { ...was.message, maxMessageLength: next.message.maxMessageLength },
  }
  return { ...rest, inputs: [input], memoryLimit: again.memoryLimit, interval: again.interval }
}

/** Some runs are of a spool: drawn apart from all else, so that the others are what they were. */
export function withSpool(settings: Settings, random: Random): Settings {
  const [input] = settings.config.inputs
  if (input === undefined || !random.chance(0.12)) return settings
  const onComplete = random.pick(['keep', 'rename', 'rename', 'move', 'delete', 'delete'] as const)
  const spool = {
    ...input,
    mode: 'spool' as const,
    startAt: 'beginning' as const,
    onComplete,
    moveTo: onComplete === 'move' ? '/done' : null,
    spoolQuiet: random.pick([0, 100, 800]),
  }
  // What matters happens between the steps of an end: the world acts often, and does what ends are spoilt by.
  const wants: Record<string, number> = { ...settings.wants, replace: 2, full: 1, syncFault: 1, kill: 0.5 }
  // Not yet: what was moved just before a kill is not found again on a device with another number, if somebody still writes to it.
  if (onComplete === 'move') wants['reboot'] = 0
  const actions = 2 * settings.actions
  return { ...settings, actions, restless: 0.05, wants, config: { ...settings.config, inputs: [spool] } }
}

/** In some runs batches are compressed before they are sent. */
export function withCompression(settings: Settings, random: Random): Settings {
  if (!random.chance(0.25)) return settings
  const { config } = settings
  return { ...settings, config: { ...config, kafka: { ...config.kafka, compression: 'zstd' } } }
}

/** In some runs inputs linger for fuller messages, or may read only so much in a second. */
export function withRestraint(settings: Settings, random: Random): Settings {
  if (!random.chance(0.25)) return settings
  const { config } = settings
  const linger = random.pick([0, 50, 700, 3_000])
  const rateLimit = random.pick([0, 2_000, 30_000])
  const inputs = config.inputs.map((input) => ({ ...input, message: { ...input.message, linger, rateLimit } }))
  return { ...settings, config: { ...config, inputs } }
}

/** Every fifth run ships exactly once; by its number, so that the others are as they were. */
const EXACT = 5

export function withTransactions(settings: Settings, seed: number): Settings {
  if (seed % EXACT !== 0 || settings.config.inputs.some(({ mode }) => mode === 'spool')) return settings
  const { config } = settings
  const kafka = { ...config.kafka, delivery: 'exactly_once', partitioner: 'file' } as const
  return { ...settings, config: { ...config, kafka } }
}
