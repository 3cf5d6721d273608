// The agent's own log in a file that is rolled by size. Written synchronously: it is small, and the last lines matter most.

import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export interface LogSink {
  write(line: string): void
}

/** @param maxBytes size at which the file is rolled to `.1`, `.1` to `.2` ..., of which `keep` are kept */
export function rollingFile(path: string, maxBytes: number, keep: number): LogSink {
  mkdirSync(dirname(path), { recursive: true })
  let size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return {
    write(line) {
      try {
        if (size > 0 && size + line.length > maxBytes) {
          roll(path, keep)
          size = 0
        }
        appendFileSync(path, line)
        size += Buffer.byteLength(line)
      } catch (error) {
        // A full disk must not stop the agent; stderr is the place that is left.
        process.stderr.write(`${String(error)}\n${line}`)
      }
    },
  }
}

function roll(path: string, keep: number): void {
  for (let number = keep - 1; number >= 1; number--) {
    if (statSync(`${path}.${number}`, { throwIfNoEntry: false }) !== undefined)
      renameSync(`${path}.${number}`, `${path}.${number + 1}`)
  }
  renameSync(path, `${path}.1`)
}
