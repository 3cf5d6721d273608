#!/usr/bin/env node
// The edge of the process: arguments, signals, exit code. Works as PID 1, where nothing handles a signal by default.

import { hostname } from 'node:os'
import { commands, overview } from './cli/commands.ts'
import { EXIT, type Io } from './cli/io.ts'
import { processSignals } from './cli/signals.ts'
import { PannierError, systemCode } from './support/errors.ts'
import { version } from './version.ts'

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  if (first === undefined || first === '-h' || first === '--help' || first === 'help') return say(overview())
  if (first === '-V' || first === '--version') return say(`${version}\n`)
  const command = commands.find(({ name }) => name === first)
  if (command === undefined) {
    process.stderr.write(`pannier: there is no command "${first}"; see pannier --help\n`)
    return EXIT.usage
  }
  if (rest.includes('-h') || rest.includes('--help')) return say(command.help)
  return command.run(rest, processIo())
}

function say(text: string): number {
  process.stdout.write(text)
  return EXIT.done
}

function processIo(): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    host: hostname(),
    pid: process.pid,
    out: (data) =>
      new Promise((resolve, reject) => process.stdout.write(data, (error) => (error ? reject(error) : resolve()))),
    err: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY,
    signals: processSignals(),
  }
}

function failure(error: unknown): number {
  if (error instanceof PannierError) {
    process.stderr.write(`pannier: ${error.message}${error.hint === null ? '' : `\n  ${error.hint}`}\n`)
    if (error.code === 'STATE_LOCKED') return EXIT.held
    return error.retriable ? EXIT.failed : EXIT.usage
  }
  const usage = systemCode(error)?.startsWith('ERR_PARSE_ARGS') === true
  process.stderr.write(
    usage ? `pannier: ${(error as Error).message}\n` : `pannier: ${(error as Error).stack ?? String(error)}\n`,
  )
  return usage ? EXIT.usage : EXIT.failed
}

// kafkajs may leave a promise unheard when a broker goes away (tulios/kafkajs#1686); that must not end the process.
process.on('unhandledRejection', (reason) => {
  process.stderr.write(`${JSON.stringify({ level: 'error', event: 'stray_rejection', msg: String(reason) })}\n`)
})

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(failure(error)),
)
