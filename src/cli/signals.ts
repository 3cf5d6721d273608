// Signals of the process as the commands see them. The second SIGTERM or SIGINT leaves at once.

import { constants } from 'node:os'
import type { Signals } from './io.ts'

type Handlers = Parameters<Signals['listen']>[0]

/** @param graceful false: there is no good order to leave in, the first signal is as good as the second */
export function processSignals(graceful: boolean): Signals {
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      // No farewell: what was not committed is sent again by the next start.
      if (stop.signal.aborted || !graceful) process.exit(128 + constants.signals[name])
      stop.abort(name)
    })
  }
  let handlers: Handlers | null = null
  let reloadMissed = false
  if (graceful) {
    // Never taken away again: without a handler these end the process, also between two configurations.
    process.on('SIGHUP', () => {
      if (handlers === null) reloadMissed = true
      else handlers.reload()
    })
    // Whoever does not listen yet begins with a round anyway.
    process.on('SIGUSR2', () => handlers?.roundNow())
  }
  return {
    stop: stop.signal,
    listen(next) {
      handlers = next
      if (reloadMissed) next.reload()
      reloadMissed = false
      return () => {
        handlers = null
      }
    },
  }
}
