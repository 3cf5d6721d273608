#!/usr/bin/env node
// The edge of the process: arguments, signals, exit code. Works as PID 1, where nothing handles a signal by default.

import { hostname } from 'node:os'
import { askOnTerminal } from './cli/ask.ts'
import type { Command, Io } from './cli/io.ts'
import { obey } from './cli/obey.ts'
import { processSignals } from './cli/signals.ts'
import { keepHeapSmall } from './support/heap.ts'

function processIo({ graceful = false }: Pick<Command, 'graceful'>): Io {
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

// kafkajs may leave a promise unheard when a broker goes away (tulios/kafkajs#1686); that must not end the process.
process.on('unhandledRejection', (reason) => {
  process.stderr.write(`${JSON.stringify({ level: 'error', event: 'stray_rejection', msg: String(reason) })}\n`)
})

// Told to whoever writes; unheard it would end the process.
process.stdout.on('error', () => {})

const argv = process.argv.slice(2)
// Only the agent stays; for a command that reads a large state once, a small nursery costs three times the CPU.
if (argv[0] === 'run') keepHeapSmall()
void obey(argv, processIo).then((code) => process.exit(code))
