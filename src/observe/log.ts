// Events to log lines: JSON by pino for machines, plain text for a person at a terminal. Logs go to stderr or to `file`.

import { pino } from 'pino'
import type { LogConfig } from '../config/config.ts'
import { type AgentEvent, describe, type Emit } from './events.ts'
import { type LogSink, rollingFile } from './log-file.ts'

const stderr: LogSink = { write: (line) => void process.stderr.write(line) }

/** @param terminal lines for a person instead of JSON; `sink` replaces stderr */
export function createLog(config: LogConfig, terminal: boolean, sink: LogSink = stderr): Emit {
  const target = config.file === null ? sink : rollingFile(config.file, config.maxBytes, config.keep)
  const stream =
    terminal && config.file === null ? { write: (line: string) => target.write(readableLine(line)) } : target
  const options = {
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const log = pino(options, stream)
  return (event) => {
    const { level, text } = describe(event)
    log[level]({ event: event.name, ...plainFields(event) }, text)
  }
}

/** Strings and numbers of an event; a file by its path and id. */
function plainFields(event: AgentEvent): Record<string, string | number> {
  const fields: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(event)) {
    if (key === 'name') continue
    if (typeof value === 'string' || typeof value === 'number') fields[key] = value
  }
  if ('file' in event && typeof event.file === 'object') {
    fields['path'] = event.file.path
    fields['file_id'] = event.file.id
  }
  return fields
}

// File names may hold newlines and terminal escapes; a person's terminal must not obey them.
const CONTROL = /\p{Cc}/gu
const escaped = (text: string): string =>
  text.replace(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** A line of the log for a person; what is no line of ours is given back as it is, but harmless. */
export function readableLine(line: string): string {
  try {
    const { time, level, msg } = JSON.parse(line) as { time: string; level: string; msg: string }
    return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${escaped(msg)}\n`
  } catch {
    return `${escaped(line)}\n`
  }
}
