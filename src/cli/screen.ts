// stderr of a person: log lines scroll by above a line that stays at the bottom.

import type { LogSink } from '../observe/log-file.ts'

export interface Screen extends LogSink {
  /** Draws the line that stays; null takes it away. */
  pin(line: string | null): void
}

// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html: begin of the line, erase it; no wrapping, or a narrow window keeps pieces.
const ERASE = '\r\u001B[2K'
const unwrapped = (line: string): string => `\u001B[?7l${line}\u001B[?7h`

/** One write for each change, so that nothing of another process comes between erasing and drawing. */
export function createScreen(write: (text: string) => void): Screen {
  let pinned: string | null = null
  return {
    write(line) {
      write(pinned === null ? line : `${ERASE}${line}${unwrapped(pinned)}`)
    },
    pin(line) {
      if (line === pinned) return
      write(`${ERASE}${line === null ? '' : unwrapped(line)}`)
      pinned = line
    },
  }
}
