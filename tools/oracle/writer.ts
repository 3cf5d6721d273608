/** Writes numbered lines into a file as an application would: whole lines, appended. */

import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { type LineOptions, lineBytes, lines } from './lines.ts'

export interface WriterOptions extends LineOptions {
  readonly path: string
  readonly tag: string
  /** The number of the first line, by default 0. */
  readonly from?: number
}

const linesPerBlock = Math.floor((1 << 20) / lineBytes)

/** Appends `count` lines as fast as it can. */
export function writeLines(options: WriterOptions & { readonly count: number }): void {
  const { path, tag, from = 0, count } = options
  const fd = openSync(path, 'a')
  try {
    for (let done = 0; done < count; done += linesPerBlock) {
      append(fd, lines(tag, from + done, Math.min(linesPerBlock, count - done), options))
    }
  } finally {
    closeSync(fd)
  }
}

export interface Writer {
  /** Lines written so far. */
  written(): number
  /** Renames the file, as logrotate does, and goes on in a new one at the old path. */
  rotate(to: string): void
  /** Goes on in the file that is at the path now, as an application does that logrotate told of a rotation. */
  reopen(): void
  /** Writes nothing until `resume`, which catches up. */
  pause(): void
  resume(): void
  /** Appends this many lines at once; the pace makes up for them. */
  burst(count: number): void
  /** Writes no more; returns the number of lines written. */
  stop(): number
}

const tick = 20

/** Appends `linesPerSecond` on average, in a burst every 20 ms, until stopped or `count` is reached. */
export function startWriter(
  options: WriterOptions & { readonly linesPerSecond: number; readonly count?: number },
): Writer {
  const { path, tag, from = 0, linesPerSecond, count = Number.POSITIVE_INFINITY } = options
  const begun = performance.now()
  let written = 0
  let fd = openSync(path, 'a')
  let paused = false
  const timer = setInterval(() => {
    if (paused) return
    const due = Math.min(count, Math.floor(((performance.now() - begun) / 1000) * linesPerSecond))
    if (due > written) append(fd, lines(tag, from + written, due - written, options))
    written = Math.max(written, due)
  }, tick)
  let stopped = false
  const reopen = (): void => {
    closeSync(fd)
    fd = openSync(path, 'a')
  }
  return {
    written: () => written,
    rotate(to) {
      renameSync(path, to)
      reopen()
    },
    reopen,
    pause: () => void (paused = true),
    resume: () => void (paused = false),
    burst(lineCount) {
      append(fd, lines(tag, from + written, lineCount, options))
      written += lineCount
    },
    stop() {
      clearInterval(timer)
      if (!stopped) closeSync(fd)
      stopped = true
      return written
    },
  }
}

function append(fd: number, block: Buffer): void {
  for (let done = 0; done < block.length; ) done += writeSync(fd, block, done)
}
