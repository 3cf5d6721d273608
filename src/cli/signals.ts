// Signals of the process as the commands see them. The second SIGTERM or SIGINT leaves at once.

import { constants } from 'node:os'
import type { Signals } from './io.ts'

export function processSignals(): Signals {
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      // No farewell: what was not committed is sent again by the next start.
      if (stop.signal.aborted) process.exit(128 + constants.signals[name])
      stop.abort(name)
    })
  }
  return {
    stop: stop.signal,
    listen({ reload, roundNow }) {
      process.on('SIGHUP', reload)
      process.on('SIGUSR2', roundNow)
      return () => {
        process.off('SIGHUP', reload)
        process.off('SIGUSR2', roundNow)
      }
    },
  }
}
