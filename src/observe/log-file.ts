// The agent's own log in a file that is rolled by size. Written synchronously: it is small, and the last lines matter most.

import { appendFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { PannierError, readable } from '../support/errors.ts'
import { makeFolder } from '../support/make-folder.ts'

export interface LogSink {
  write(line: string): void
}

/** @param maxBytes size at which the file is rolled to `.1`, `.1` to `.2` ..., of which `keep` are kept; throws LOG_FILE */
export function rollingFile(path: string, maxBytes: number, keep: number): LogSink {
  let size = openLog(path)
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

/** Its size now. A log that cannot be written is told at the start, not when its first line is lost. */
function openLog(path: string): number {
  try {
    makeFolder(dirname(path))
    appendFileSync(path, '')
    return statSync(path).size
  } catch (error) {
    const hint = 'name another file in [log_conf] file, or none for stderr'
    throw new PannierError(`the log ${path} cannot be written: ${readable(error)}`, {
      code: 'LOG_FILE',
      hint,
      cause: error,
    })
  }
}

function roll(path: string, keep: number): void {
  for (let number = keep - 1; number >= 1; number--) {
    if (statSync(`${path}.${number}`, { throwIfNoEntry: false }) !== undefined)
      renameSync(`${path}.${number}`, `${path}.${number + 1}`)
  }
  renameSync(path, `${path}.1`)
}
