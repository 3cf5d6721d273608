// `pannier run`: ship until stopped.

import { join } from 'node:path'
import { assemble, type Parts } from '../agent.ts'
import type { Config } from '../config/config.ts'
import { type OpenFile, systemDisk } from '../files/disk.ts'
import { openPacker } from '../kafka/open.ts'
import { RELOAD } from '../leave.ts'
import type { Emit } from '../observe/events.ts'
import { createLog } from '../observe/log.ts'
import type { Losses } from '../observe/losses.ts'
import { ID_TAKEN, STATE_TAKEN, ship } from '../shipping.ts'
import { systemMover } from '../spool/mover.ts'
import { openStateFolder } from '../state/folder.ts'
import { acquireLock } from '../state/lock.ts'
import { systemClock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { tightenHeap } from '../support/heap.ts'
import { version } from '../version.ts'
import { configOption, readArguments } from './arguments.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { openBroker } from './open-broker.ts'
import { readConfig } from './read-config.ts'
import { createScreen, type Screen } from './screen.ts'

export const run: Command = {
  name: 'run',
  summary: 'ship until stopped',
  help: `Usage: pannier run [--config FILE] [--once] [--stdout]

  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
      --once          ship what is there now, then leave; waits as long as Kafka is away
      --stdout        no Kafka: one message a line on stdout, with a checkpoint of its own in STATE_DIR/stdout
  -h, --help          this text

Signals: SIGTERM and SIGINT ship what is there, then leave; a second one leaves at once.
         SIGHUP reads the configuration again, SIGUSR2 asks for a round now.
Exit codes: 0 all shipped (an unfinished last line waits for its end), 1 bytes are left for the next start, 2 wrong configuration, 3 another agent holds the state.

Example: pannier run --config /etc/pannier/config.ini
`,
  graceful: true,
  async run(args, io) {
    const flags = { once: { type: 'boolean' }, stdout: { type: 'boolean' } } as const
    const values = readArguments('run', args, { ...configOption, ...flags })
    const options = { once: values.once === true, stdout: values.stdout === true }
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    for (const warning of read.warnings) io.err(`warning: ${warning}\n`)
    return serveAll(read.config, options, io, () => readConfig(values.config, io))
  },
}

/** One configuration after the other. One that cannot be started, since its state is held or its folder unwritable, gives way to the last. */
async function serveAll(
  first: Config,
  options: RunOptions,
  io: Io,
  reread: () => ReturnType<typeof readConfig>,
): Promise<number> {
  let config = first
  let last: Config | null = null
  let inherited: Map<string, OpenFile> = new Map()
  const losses = { bytes: 0 }
  for (;;) {
    try {
      const next = await serve(config, { ...options, losses, inherited }, io, reread)
      if (typeof next === 'number') return next
      last = config
      config = next.config
      inherited = next.handles
    } catch (error) {
      if (last === null || !(error instanceof PannierError)) throw error
      createLog(last.log, io.terminal)({ name: 'config_refused', problems: [error.message] })
      config = last
      last = null
    }
  }
}

export function refuse(problems: readonly string[], io: Io): number {
  for (const problem of problems) io.err(`${problem}\n`)
  io.err(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}, nothing was started\n`)
  return EXIT.usage
}

interface RunOptions {
  readonly once: boolean
  readonly stdout: boolean
}

interface Next {
  readonly config: Config
  /** Of deleted files that are not shipped yet. */
  readonly handles: Map<string, OpenFile>
}

/** Ships with one configuration. Returns the exit code, or what comes next. */
async function serve(
  config: Config,
  options: RunOptions & { readonly losses: Losses; readonly inherited: Map<string, OpenFile> },
  io: Io,
  reread: () => ReturnType<typeof readConfig>,
): Promise<number | Next> {
  const screen = createScreen(io.err)
  const emit = createLog(config.log, io.terminal, screen)
  const folder = await openStateFolder(options.stdout ? join(config.stateDir, 'stdout') : config.stateDir)
  const leave = new AbortController()
  const taken = (): void => {
    emit({ name: 'state_taken' })
    leave.abort(STATE_TAKEN)
  }
  const lock = await acquireLock({ stateDir: folder.path, host: config.host, pid: io.pid, onLost: taken })
  try {
    const ways = { folder, emit, leave, io, stdout: options.stdout }
    const opened = await openBroker(config, ways)
    if (opened === null) return EXIT.failed
    const { broker } = opened
    const packer = options.stdout
      ? null
      : openPacker(config.kafka, (reason) =>
          emit({ name: 'compression_failed', codec: config.kafka.compression, reason }),
        )
    try {
      const parts = await assemble({
        config: options.stdout ? keepingAll(config) : config,
        clock: systemClock,
        disk: systemDisk,
        mover: systemMover,
        random: Math.random,
        ...opened,
        packer,
        folder,
        emit,
        losses: options.losses,
        inherited: options.inherited,
      })
      tightenHeap()
      return await shipWith(parts, { ...options, screen }, io, leave, reread)
    } finally {
      await packer?.close()
      await broker.close()
    }
  } finally {
    await lock.release()
  }
}

/** Lines on stdout are no reason to rename or delete anybody's files. */
const keepingAll = (config: Config): Config => ({
  ...config,
  inputs: config.inputs.map((input) => ({ ...input, onComplete: 'keep' })),
})

async function shipWith(
  parts: Parts,
  { once, stdout, screen }: RunOptions & { readonly screen: Screen },
  io: Io,
  leave: AbortController,
  reread: () => ReturnType<typeof readConfig>,
): Promise<number | Next> {
  const { emit, config } = parts.world
  let next: Config | null = null
  /** One after the other, so that the last one asked for is the last one taken. */
  let reloading = Promise.resolve()
  const stop = AbortSignal.any([io.signals.stop, leave.signal])
  const unlisten = io.signals.listen({
    roundNow: () => nudge(parts),
    reload: () => {
      reloading = reloading.then(() =>
        reload(emit, reread, (fresh) => {
          next = fresh
          leave.abort(RELOAD)
        }),
      )
    },
  })
  const stopAlarm =
    config.interval > PROMPT_MS ? (await import('./alarm.ts')).startAlarm(config.session, () => nudge(parts)) : () => {}
  // Messages on the same terminal would be torn by it.
  const hasBar = io.terminal && !(stdout && io.outTerminal)
  const stopProgress = hasBar ? (await import('./progress.ts')).showProgress(parts.catalogue, screen) : () => {}
  emit({
    name: 'started',
    version,
    config: config.path,
    files: parts.catalogue.size,
    session: parts.sessions.current.id,
  })
  try {
    const left = await ship(parts, { stop, once })
    unlisten()
    await reloading
    if (leave.signal.reason === STATE_TAKEN || leave.signal.reason === ID_TAKEN) return EXIT.held
    if (next !== null && !io.signals.stop.aborted) return { config: next, handles: parts.handOver() }
    return left.bytes === 0 ? EXIT.done : EXIT.failed
  } finally {
    unlisten()
    stopAlarm()
    stopProgress()
    await parts.close()
  }
}

/** With rounds as often as this a rollover needs no alarm, which costs 9 MB of memory to have. */
const PROMPT_MS = 2_000

function nudge(parts: Parts): void {
  parts.nudge.asked = true
  parts.bell.ring()
}

/** Hands a new configuration on; a wrong one is refused and the old one goes on. Never rejects. */
async function reload(
  emit: Emit,
  reread: () => ReturnType<typeof readConfig>,
  accept: (config: Config) => void,
): Promise<void> {
  try {
    const read = await reread()
    if (read.ok) {
      emit({ name: 'config_reloaded' })
      accept(read.config)
    } else emit({ name: 'config_refused', problems: read.problems })
  } catch (error) {
    emit({ name: 'config_refused', problems: [error instanceof Error ? error.message : String(error)] })
  }
}
