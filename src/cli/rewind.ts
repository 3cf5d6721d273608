// `pannier rewind`: bytes that were shipped are shipped again, from an offset on; previewed first.

import { join, resolve } from 'node:path'
import { inputNamed } from '../config/config.ts'
import { systemDisk } from '../files/disk.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { apply, canGoBack, type Plan, plan } from '../rewind.ts'
import { openStateFolder } from '../state/folder.ts'
import { acquireLock } from '../state/lock.ts'
import { holderOf } from '../state/lock-holder.ts'
import { readState } from '../state/read-state.ts'
import { systemClock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { configOption, readArguments } from './arguments.ts'
import { count } from './finding.ts'
import { type Command, EXIT, type Io } from './io.ts'
import { printable } from './printable.ts'
import { readConfig } from './read-config.ts'
import { refuse } from './run.ts'

export const rewind: Command = {
  name: 'rewind',
  summary: 'ship a file again from an earlier offset',
  help: `Usage: pannier rewind FILE --offset N | --to-start [--same-id] [--yes] [--stdout] [--config FILE]

FILE is a path (as it is now, or as it was at the file's birth; also as pannier status prints it), or a file id or its first
digits, at least 4 (pannier status shows them). A path at which a file is living means that file; those that were rotated away
from there need their id. A file that was compressed after it had been shipped cannot be rewound: only the archive has its bytes.
Shows what would be sent again, and does it after a yes at the terminal, or with --yes. The agent must be stopped.

      --offset N      bytes from the start, at most the committed offset; usually the start of a line
      --to-start      the same as --offset 0
      --same-id       keep the file id: consumers drop what they hold, so that only holes are filled
                      (else the file gets a new id, and consumers take what comes for new bytes)
      --yes           do it without asking
      --stdout        in the state of run --stdout
  -c, --config FILE   default ./config.ini, then /etc/pannier/config.ini
  -h, --help          this text

Exit codes: 0 rewound, or only shown; 1 the file is not there any more, or was rewritten; 2 no such file or offset, or several;
            3 an agent holds the state.

Example: pannier rewind /var/log/app/web.log --offset 1048576 --same-id
`,
  async run(args, io) {
    const flags = { 'to-start': { type: 'boolean' }, 'same-id': { type: 'boolean' }, yes: { type: 'boolean' } } as const
    const options = { ...configOption, ...flags, offset: { type: 'string' }, stdout: { type: 'boolean' } } as const
    const [given, rest] = takeFile(withNegative(args))
    const values = readArguments('rewind', rest, options)
    const wish = { offset: offsetOf(values.offset, values['to-start'] === true), sameId: values['same-id'] === true }
    const read = await readConfig(values.config, io)
    if (!read.ok) return refuse(read.problems, io)
    const stateDir = values.stdout === true ? join(read.config.stateDir, 'stdout') : read.config.stateDir
    const file = await choose(given, stateDir, io)
    const { charset } = inputNamed(read.config.inputs, file.birth.input)
    const planned = await plan(file, { ...wish, charset }, systemDisk)
    await io.out(preview(planned))
    if (planned.offset === planned.file.settled.offset) return EXIT.done
    if (values.yes !== true && !(await agreed(stateDir, commandFor(planned, values.stdout === true), io)))
      return EXIT.done
    return write(planned, stateDir, read.config, io)
  },
}

const usage = (what: string): PannierError =>
  new PannierError(`rewind: ${what}; see pannier rewind --help`, { code: 'USAGE' })

/** `--offset -1` is a wrong number, and no option of that name. */
function withNegative(args: readonly string[]): readonly string[] {
  const at = args.findIndex((arg, index) => arg === '--offset' && /^-\d/.test(args[index + 1] ?? ''))
  return at < 0 ? args : args.toSpliced(at, 2, `--offset=${args[at + 1]}`)
}

/** The one argument that is no option. */
function takeFile(args: readonly string[]): [string, string[]] {
  const isValue = (at: number): boolean => ['--offset', '--config', '-c'].includes(args[at - 1] ?? '')
  const at = args.findIndex((arg, index) => !arg.startsWith('-') && !isValue(index))
  const given = args[at]
  if (given === undefined) throw usage('a FILE is missing')
  return [given, args.toSpliced(at, 1)]
}

function offsetOf(text: string | undefined, toStart: boolean): number {
  if ((text === undefined) === !toStart) throw usage('it needs one of --offset N and --to-start')
  if (text === undefined) return 0
  const offset = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(offset)) return offset
  throw usage(`--offset ${text} is not a number of bytes`)
}

const ID = /^[0-9a-f]{4,32}$/
const SHORT_ID = /^[0-9a-f]{1,3}$/

/** The file that is meant. Throws REWIND_CHOICE when that is none or several. */
async function choose(given: string, stateDir: string, { cwd }: Io): Promise<TrackedFile> {
  const { files, damage } = await readState(stateDir, systemClock)
  const [fault] = damage
  if (fault !== undefined)
    throw new PannierError(`${fault}; nothing is rewound in it`, {
      code: 'REWIND_STATE',
      hint: 'a start of the agent puts the damage aside',
      retriable: true,
    })
  const path = resolve(cwd, given)
  const choices = choicesOf(files, path, given)
  const [file] = choices
  if (file === undefined) {
    if (SHORT_ID.test(given) && files.some(({ id }) => id.startsWith(given)))
      throw choice(`${given} is too short for a file id`, 'give at least 4 digits of it')
    throw choice(
      `no file that is known is, or was at its birth, ${printable(path)}`,
      'pannier status lists the files that are known',
    )
  }
  if (choices.length === 1) return file
  throw choice(
    `${printable(given)} may be one of ${choices.length} files; name one by its id:`,
    choices.map(choiceLine).join('\n  '),
  )
}

/** The one that is living at the path, else all that may be meant, those that cannot be read again only where no other may. */
function choicesOf(files: readonly TrackedFile[], path: string, given: string): TrackedFile[] {
  const isPath = (one: string | undefined): boolean => one !== undefined && (one === path || printable(one) === path)
  const living = files.filter((file) => file.life === 'living' && isPath(file.path))
  if (living.length === 1) return living
  const isMeant = ({ id, path: now, birth }: TrackedFile): boolean =>
    isPath(now) || isPath(birth.path) || isPath(birth.place) || (ID.test(given) && id.startsWith(given))
  const meant = files.filter(isMeant)
  const alive = meant.filter(canGoBack)
  return alive.length > 0 ? alive : meant
}

const choice = (says: string, hint: string): PannierError => new PannierError(says, { code: 'REWIND_CHOICE', hint })

const choiceLine = ({ id, path, birth, life, settled }: TrackedFile): string =>
  printable(
    `${id}  ${life}, ${settled.offset} bytes committed, ${path}${path === birth.path ? '' : `, born as ${birth.path}`}`,
  )

function preview({ file, path, size, offset, sameId, line }: Plan): string {
  const { offset: committed } = file.settled
  const born = path === file.birth.path ? '' : `, born as ${file.birth.path}`
  const again = committed - offset
  const lines = [
    `file    ${path}${born}`,
    `id      ${file.id}, ${file.life}, ${committed} of ${count(size, 'byte')} committed`,
    `rewind  from ${committed} to ${offset}: ${again === 0 ? 'it stands there already' : `${count(again, 'byte')} will be sent again`}`,
  ]
  if (again > 0)
    lines.push(
      `as      ${sameId ? 'the same file id: consumers drop what they hold and fill their holes' : 'a new file id: consumers take all of it for new'}`,
    )
  if (again > 0 && line !== offset) lines.push(`warning: ${offset} is in the middle of a line, which begins at ${line}`)
  return `${lines.map(printable).join('\n')}\n`
}

const commandFor = ({ file, offset, sameId }: Plan, stdout: boolean): string =>
  `pannier rewind ${file.id} --offset ${offset}${sameId ? ' --same-id' : ''}${stdout ? ' --stdout' : ''} --yes`

/** Asks a person; any other reader is told how to apply it. Throws STATE_LOCKED where an agent is in the way. */
async function agreed(stateDir: string, command: string, io: Io): Promise<boolean> {
  if ((await holderOf(stateDir, systemClock)) !== null)
    throw new PannierError('an agent holds the state; nothing was written', {
      code: 'STATE_LOCKED',
      hint: `stop it first, then: ${command}`,
    })
  if (io.ask !== null && (await io.ask('Rewind it? [y/N] '))) return true
  await io.out(`nothing was written; to do it: ${command}\n`)
  return false
}

async function write(planned: Plan, stateDir: string, config: Parameters<typeof apply>[2], io: Io): Promise<number> {
  const folder = await openStateFolder(stateDir)
  const lock = await acquireLock({ stateDir: folder.path, host: config.host, pid: io.pid })
  try {
    const { id, later } = await apply(planned, folder, config, systemDisk, systemClock)
    await io.out(
      `done    ${planned.sameId ? 'the next start of the agent' : `file id ${id}: the next start of the agent`} ships it from ${planned.offset}\n`,
    )
    if (later !== null)
      io.err(`warning: its birth could not be written yet: ${later}; the next start of the agent does that\n`)
    return EXIT.done
  } finally {
    await lock.release()
  }
}
