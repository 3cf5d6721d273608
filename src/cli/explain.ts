// `pannier explain`: a dry run. The agent's own look at the files, over a copy of its state in memory and with no Kafka behind it.

import { assemble, type Parts } from '../agent.ts'
import type { Config } from '../config/config.ts'
import type { Broker } from '../deliver/broker.ts'
import { systemDisk } from '../files/disk.ts'
import { systemMover } from '../spool/mover.ts'
import { copyOfStateFolder } from '../state/folder-copy.ts'
import { systemClock } from '../support/clock.ts'
import { configOption, readArguments } from './arguments.ts'
import { type Explained, explainFiles, Overheard } from './explain-files.ts'
import { count } from './finding.ts'
import { type Command, EXIT } from './io.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { refuse } from './run.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'dry run: per file whether it will ship, from where, how much, or why not',
  help: `Usage: pannier explain [--json] [--config FILE]

Looks at the files as a start of the agent would, with the state as it was last written, also beside a running agent. Asks
no broker, takes no lock, writes nothing.

      --json          one document on stdout
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

ships    these bytes would be sent      settled  nothing of it is left to send
waits    not now, but later             skipped  not at all, and why
Exit codes: 0 explained, 2 wrong configuration.

Example: pannier explain --json | jq '.files[] | select(.verdict == "skipped")'
`,
  async run(args, io) {
    const values = readArguments('explain', args, { ...configOption, json: { type: 'boolean' } } as const)
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    for (const warning of read.warnings) io.err(`warning: ${warning}\n`)
    const { config } = read
    const overheard = new Overheard()
    const files = await look(config, overheard)
    for (const trouble of overheard.stateTroubles) io.err(`warning: ${printable(trouble)}\n`)
    await io.out(values.json === true ? document(config, files) : page(files))
    return EXIT.done
  },
}

/** So long it may take to find out what compressed files hold. Milliseconds. */
const PATIENCE = 10_000

/** Two looks, since a file counts as gone only when both miss it; `run --once` has as many. */
async function look(config: Config, overheard: Overheard): Promise<Explained[]> {
  const parts: Parts = await assemble({
    config,
    clock: systemClock,
    disk: systemDisk,
    mover: systemMover,
    random: Math.random,
    broker: nobody,
    folder: copyOfStateFolder(config.stateDir),
    emit: overheard.emit,
  })
  try {
    overheard.known = new Set([...parts.catalogue.all()].map(({ id }) => id))
    await parts.books.rollover()
    await parts.round.look()
    const until = systemClock.monotonic() + PATIENCE
    await parts.round.lookInside(() => until)
    return await explainFiles(parts, overheard)
  } finally {
    await parts.close()
  }
}

const never = <T>(): Promise<T> => new Promise(() => {})

/** Files are born and kept waiting before it: nothing goes anywhere. */
const nobody: Broker = { facts: never, send: never, publish: never, close: () => Promise.resolve() }

interface Totals {
  readonly ships: number
  readonly bytes: number
  readonly waiting: number
}

function totalsOf(files: readonly Explained[]): Totals {
  const ships = files.filter(({ verdict }) => verdict === 'ships').length
  const sum = (key: 'bytes' | 'waiting'): number => files.reduce((total, file) => total + file[key], 0)
  return { ships, bytes: sum('bytes'), waiting: sum('waiting') }
}

function document({ path, stateDir }: Config, files: readonly Explained[]): string {
  return `${JSON.stringify({ v: 1, config: path, state_dir: stateDir, files, totals: totalsOf(files) }, null, 2)}\n`
}

function page(files: readonly Explained[]): string {
  if (files.length === 0) return 'no file matches inputpath; pannier check tells whether its folders can be listed\n'
  const { ships, bytes, waiting } = totalsOf(files)
  const later = waiting === 0 ? '' : `, ${count(waiting, 'byte')} wait`
  return `${files.map(line).join('')}${count(ships, 'file')} of ${files.length} would ship ${count(bytes, 'byte')}${later}\n`
}

function line({ verdict, path, from, bytes, waiting, reason }: Explained): string {
  const range = bytes > 0 ? `${count(bytes, 'byte')} from ${from}` : ''
  const rest = waiting > 0 ? `${count(waiting, 'byte')} wait` : ''
  const says = [range, rest, reason ?? ''].filter((part) => part !== '').join('; ')
  return `${verdict.padEnd(7)}  ${printable(`${path}: ${says}`)}\n`
}
