// A progress bar while a backlog is shipped; only on a terminal.

import cliProgress from 'cli-progress'
import type { Catalogue } from '../files/catalogue.ts'
import type { Screen } from './screen.ts'

/** A lag above `begins` is a backlog, one below `ends` everyday life again. Bytes. */
const BACKLOG = { begins: 8 * 1024 * 1024, ends: 1024 * 1024 }
const REFRESH_MS = 250
const MB = 1_000_000
const WIDTH = 30

const SHAPE = {
  barsize: WIDTH,
  barCompleteString: '█'.repeat(WIDTH),
  barIncompleteString: '░'.repeat(WIDTH),
  barGlue: '',
  autopaddingChar: '0',
}

/** How far a backlog has come, as one line; null while there is none. */
export class Backlog {
  /** Bytes settled and bytes to be settled since it began; null while there is none. */
  #course: { readonly since: number; readonly first: number; most: number } | null = null

  /** @param lag bytes; @param now monotonic milliseconds */
  line(lag: number, now: number): string | null {
    if (lag < BACKLOG.ends) this.#course = null
    else if (lag > BACKLOG.begins) this.#course ??= { since: now, first: lag, most: lag }
    if (this.#course === null) return null
    this.#course.most = Math.max(this.#course.most, lag)
    const { most, since, first } = this.#course
    const done = most - lag
    // What was written meanwhile was shipped too, or is yet to be: the backlog shrinks by the difference.
    const left = first > lag ? `about ${duration((lag / (first - lag)) * (now - since))} left` : 'growing'
    const percent = Math.floor((done / most) * 100)
    return `backlog ${bar(done / most)} ${percent} % | ${mb(done)} of ${mb(most)} MB | ${left}`
  }
}

const bar = (share: number): string => cliProgress.Format.BarFormat(share, SHAPE)
const mb = (bytes: number): string => (bytes / MB).toFixed(1)
const duration = (ms: number): string => cliProgress.Format.TimeFormat(Math.ceil(ms / 1000), SHAPE, 1)

/** Returns how to stop it. */
export function showProgress(catalogue: Catalogue, screen: Screen): () => void {
  const backlog = new Backlog()
  const draw = (): void => screen.pin(backlog.line(totalLag(catalogue), performance.now()))
  const timer = setInterval(draw, REFRESH_MS).unref()
  const clear = (): void => screen.pin(null)
  // A second signal ends the process without a word to anyone.
  process.once('exit', clear)
  return () => {
    clearInterval(timer)
    process.off('exit', clear)
    clear()
  }
}

function totalLag(catalogue: Catalogue): number {
  let lag = 0
  for (const file of catalogue.all()) lag += file.lag
  return lag
}
