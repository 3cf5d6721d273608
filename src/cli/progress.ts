// A progress bar while a backlog is shipped; only on a terminal.

import { Presets, SingleBar } from 'cli-progress'
import type { Catalogue } from '../files/catalogue.ts'

/** A lag below this is no backlog but everyday life. Bytes. */
const BACKLOG = 8 * 1024 * 1024
const REFRESH_MS = 250
const MB = 1_000_000

/** Returns how to stop it. */
export function showProgress(catalogue: Catalogue): () => void {
  let bar: SingleBar | null = null
  let most = 0
  const timer = setInterval(() => {
    const lag = totalLag(catalogue)
    most = Math.max(most, lag)
    if (bar === null && lag > BACKLOG) {
      bar = new SingleBar({ format: 'backlog {bar} {percentage}% | {value}/{total} MB | {eta_formatted}', stream: process.stderr, hideCursor: true }, Presets.shades_classic)
      bar.start(Math.ceil(most / MB), 0)
    }
    bar?.setTotal(Math.ceil(most / MB))
    bar?.update(Math.floor((most - lag) / MB))
    if (bar !== null && lag === 0) {
      bar.stop()
      bar = null
      most = 0
    }
  }, REFRESH_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    bar?.stop()
  }
}

function totalLag(catalogue: Catalogue): number {
  let lag = 0
  for (const file of catalogue.all()) lag += file.lag
  return lag
}
