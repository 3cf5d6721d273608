// `pannier run`: ship until stopped.

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { assemble, type Parts } from '../agent.ts'
import type { Config } from '../config/config.ts'
import { systemDisk } from '../files/disk.ts'
import { openKafka } from '../kafka/open.ts'
import type { Emit } from '../observe/events.ts'
import { createLog } from '../observe/log.ts'
import { STATE_TAKEN, ship } from '../shipping.ts'
import { openStateFolder } from '../state/folder.ts'
import { acquireLock } from '../state/lock.ts'
import { systemClock } from '../support/clock.ts'
import { version } from '../version.ts'
import { startAlarm } from './alarm.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { showProgress } from './progress.ts'
import { readConfig } from './read-config.ts'
import { stdoutBroker } from './stdout-broker.ts'

export const run: Command = {
  name: 'run',
  summary: 'ship until stopped',
  help: `Usage: pannier run [--config FILE] [--once] [--stdout]

  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
      --once          ship what is there now, then leave
      --stdout        no Kafka: one message a line on stdout, with a checkpoint of its own in STATE_DIR/stdout
  -h, --help          this text

Signals: SIGTERM and SIGINT ship what is there, then leave; a second one leaves at once.
         SIGHUP reads the configuration again, SIGUSR2 asks for a round now.
Exit codes: 0 all shipped, 1 bytes are left for the next start, 2 wrong configuration, 3 another agent holds the state.

Example: pannier run --config /etc/pannier/config.ini
`,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { config: { type: 'string', short: 'c' }, once: { type: 'boolean' }, stdout: { type: 'boolean' } },
    })
    const options = { once: values.once === true, stdout: values.stdout === true }
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    for (const warning of read.warnings) io.err(`warning: ${warning}\n`)
    let { config } = read
    for (;;) {
      const next = await serve(config, options, io, () => readConfig(values.config, io))
      if (typeof next === 'number') return next
      config = next
    }
  },
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

/** Ships with one configuration. Returns the exit code, or the next configuration. */
async function serve(
  config: Config,
  options: RunOptions,
  io: Io,
  reread: () => ReturnType<typeof readConfig>,
): Promise<number | Config> {
  const emit = createLog(config.log, io.terminal)
  const folder = await openStateFolder(options.stdout ? join(config.stateDir, 'stdout') : config.stateDir)
  const leave = new AbortController()
  const taken = (): void => {
    emit({ name: 'state_taken' })
    leave.abort(STATE_TAKEN)
  }
  const lock = await acquireLock({ stateDir: folder.path, host: config.host, pid: io.pid, onLost: taken })
  try {
    const broker = options.stdout ? stdoutBroker(io.out) : await openKafka(config.kafka)
    try {
      const parts = await assemble({
        config,
        clock: systemClock,
        disk: systemDisk,
        random: Math.random,
        broker,
        folder,
        emit,
      })
      return await shipWith(parts, options, io, leave, reread)
    } finally {
      await broker.close()
    }
  } finally {
    await lock.release()
  }
}

async function shipWith(
  parts: Parts,
  options: RunOptions,
  io: Io,
  leave: AbortController,
  reread: () => ReturnType<typeof readConfig>,
): Promise<number | Config> {
  const { emit, config } = parts.world
  let next: Config | null = null
  const stop = AbortSignal.any([io.signals.stop, leave.signal])
  const unlisten = io.signals.listen({
    roundNow: () => nudge(parts),
    reload: () => {
      void reload(emit, reread, (fresh) => {
        next = fresh
        leave.abort('SIGHUP')
      })
    },
  })
  const stopAlarm = startAlarm(config.session, () => nudge(parts))
  const stopProgress = io.terminal ? showProgress(parts.catalogue) : () => {}
  emit({
    name: 'started',
    version,
    config: config.path,
    files: parts.catalogue.size,
    session: parts.sessions.current.id,
  })
  try {
    const left = await ship(parts, { stop, once: options.once })
    if (leave.signal.reason === STATE_TAKEN) return EXIT.held
    if (next !== null && !io.signals.stop.aborted) return next
    return left.bytes === 0 ? EXIT.done : EXIT.failed
  } finally {
    unlisten()
    stopAlarm()
    stopProgress()
    await parts.close()
  }
}

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
