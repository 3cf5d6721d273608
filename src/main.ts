#!/usr/bin/env node
// The edge of the process: arguments, signals, exit code. Works as PID 1, where nothing handles a signal by default.

import { hostname } from 'node:os'
import { askOnTerminal } from './cli/ask.ts'
import { findCommand, helpOn } from './cli/help.ts'
import { type Command, EXIT, type Io } from './cli/io.ts'
import { processSignals } from './cli/signals.ts'
import { PannierError, systemCode } from './support/errors.ts'
import { keepHeapSmall } from './support/heap.ts'
import { version } from './version.ts'

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  // Only the agent stays; for a command that reads a large state once, a small nursery costs three times the CPU.
  if (first === 'run') keepHeapSmall()
  const commands = await commandsFor(first)
  if (first === undefined || first === '-h' || first === '--help') return say(helpOn(undefined, commands))
  if (first === 'help') return say(helpOn(rest[0], commands))
  if (first === '-V' || first === '--version') return say(`${version}\n`)
  const command = findCommand(first, commands)
  if (rest.includes('-h') || rest.includes('--help')) return say(command.help)
  return command.run(rest, processIo(command))
}

/** Beside an application counts what is not loaded: the agent does without the other commands. */
async function commandsFor(name: string | undefined): Promise<readonly Command[]> {
  if (name === 'run') return [(await import('./cli/run.ts')).run]
  return (await import('./cli/commands.ts')).commands
}

function say(text: string): number {
  process.stdout.write(text)
  return EXIT.done
}

function processIo({ graceful = false }: Command): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    host: hostname(),
    pid: process.pid,
    out: (data) =>
      new Promise((resolve, reject) => process.stdout.write(data, (error) => (error ? reject(error) : resolve()))),
    err: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY,
    outTerminal: process.stdout.isTTY,
    columns: process.stdout.columns ?? null,
    ask: process.stdin.isTTY && process.stderr.isTTY ? askOnTerminal : null,
    signals: processSignals(graceful),
  }
}

function failure(error: unknown): number {
  // Who read our output has seen enough: `pannier explain | head`.
  if (systemCode(error) === 'EPIPE') return EXIT.done
  if (error instanceof PannierError) {
    process.stderr.write(`pannier: ${error.message}${error.hint === null ? '' : `\n  ${error.hint}`}\n`)
    if (error.code === 'STATE_LOCKED') return EXIT.held
    return error.retriable ? EXIT.failed : EXIT.usage
  }
  process.stderr.write(`pannier: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT.failed
}

// kafkajs may leave a promise unheard when a broker goes away (tulios/kafkajs#1686); that must not end the process.
process.on('unhandledRejection', (reason) => {
  process.stderr.write(`${JSON.stringify({ level: 'error', event: 'stray_rejection', msg: String(reason) })}\n`)
})

// Told to whoever writes; unheard it would end the process.
process.stdout.on('error', () => {})

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(failure(error)),
)
