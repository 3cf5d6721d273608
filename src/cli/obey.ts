// From the words behind `pannier` to a command and back to an exit code; what goes wrong is told here, in one line and a hint.

import { PannierError, systemCode } from '../support/errors.ts'
import { version } from '../version.ts'
import { findCommand, helpOn } from './help.ts'
import { type Command, EXIT, type Io } from './io.ts'

/** @param ioFor is asked once, for the command that is run, or for none. Returns the exit code; never rejects. */
export async function obey(
  argv: readonly string[],
  ioFor: (command: Pick<Command, 'graceful'>) => Io,
): Promise<number> {
  const [first, ...rest] = argv
  let io: Io | null = null
  const say = async (text: string): Promise<number> => {
    io = ioFor({})
    await io.out(text)
    return EXIT.done
  }
  try {
    const commands = await commandsFor(first)
    if (first === undefined || first === '-h' || first === '--help') return await say(helpOn(undefined, commands))
    if (first === 'help') return await say(helpOn(rest[0], commands))
    if (first === '-V' || first === '--version') return await say(`${version}\n`)
    const command = findCommand(first, commands)
    if (rest.includes('-h') || rest.includes('--help')) return await say(command.help)
    io = ioFor(command)
    return await command.run(rest, io)
  } catch (error) {
    return failure(error, io ?? ioFor({}))
  }
}

/** Beside an application counts what is not loaded: the agent does without the other commands. */
async function commandsFor(name: string | undefined): Promise<readonly Command[]> {
  if (name === 'run') return [(await import('./run.ts')).run]
  return (await import('./commands.ts')).commands
}

function failure(error: unknown, io: Io): number {
  // Who read our output has seen enough: `pannier explain | head`.
  if (systemCode(error) === 'EPIPE') return EXIT.done
  if (error instanceof PannierError) {
    io.err(`pannier: ${error.message}${error.hint === null ? '' : `\n  ${error.hint}`}\n`)
    if (error.code === 'STATE_LOCKED') return EXIT.held
    return error.retriable ? EXIT.failed : EXIT.usage
  }
  io.err(`pannier: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT.failed
}
