// node-cron wakes the round at a rollover, so that it is on time also with a long interval; the calendar decides.

import { schedule } from 'node-cron'
import type { SessionConfig } from '../config/config.ts'

/** Returns how to stop it. */
export function startAlarm({ rollover, timezone }: SessionConfig, wake: () => void): () => void {
  const task = schedule(rollover, wake, { timezone })
  return () => void task.destroy()
}
