// A broker that finds its quota exceeded answers at once, says for how long it will hear nothing more from this client, and means it
// (KIP-219, https://cwiki.apache.org/confluence/display/KAFKA/KIP-219). kafkajs would hold the next request back, too, but only
// after its deadline has begun: waiting would look like a broker that gives no answer.

import { setTimeout as delay } from 'node:timers/promises'
import type Broker from 'kafkajs/src/broker/index.js'
import type { Region } from './region.ts'

/** Milliseconds of `performance.now` at which a broker listens again. */
const muted = new WeakMap<Broker, number>()

export function noteQuota(broker: Broker, answer: unknown): void {
  const told = (answer as { readonly clientSideThrottleTime?: number } | undefined)?.clientSideThrottleTime ?? 0
  if (told > 0) muted.set(broker, performance.now() + told)
}

/** Resolves when the broker listens again; the time does not count for the region's deadline. */
export async function unmuted(broker: Broker, region: Region): Promise<void> {
  const pause = (muted.get(broker) ?? 0) - performance.now()
  if (pause <= 0) return
  region.excused += pause
  // Nobody who leaves waits for it.
  await delay(pause, undefined, { ref: false })
}
