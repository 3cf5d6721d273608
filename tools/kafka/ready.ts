/** Waits until a broker answers, which is the only proof that it is up. */

import { setTimeout as delay } from 'node:timers/promises'
import { withAdmin } from './client.ts'

export interface Wait {
  readonly timeout: number
  /** Says why there is nothing left to wait for, or null. */
  readonly gaveUp: () => string | null
  /** The broker's own last words, for the error. */
  readonly lastWords: () => string
}

/** Resolves when the broker at `address` knows all of `ids` to be alive. */
export async function untilReady(address: string, ids: readonly number[], wait: Wait): Promise<void> {
  const deadline = Date.now() + wait.timeout
  let reason = 'no answer'
  while (Date.now() < deadline) {
    const end = wait.gaveUp()
    if (end) throw notReady(address, end, wait)
    const missing = await missingNodes(address, ids).catch((error: Error) => error.message)
    if (missing === '') return
    reason = missing
    await delay(100)
  }
  throw notReady(address, `${reason} within ${wait.timeout / 1000} s`, wait)
}

async function missingNodes(address: string, ids: readonly number[]): Promise<string> {
  const { brokers } = await withAdmin([address], (admin) => admin.describeCluster(), 0)
  const missing = ids.filter((id) => !brokers.some(({ nodeId }) => nodeId === id))
  return missing.length > 0 ? `node ${missing.join(', ')} is not in its metadata` : ''
}

function notReady(address: string, reason: string, wait: Wait): Error {
  return new Error(`Kafka at ${address} is not ready: ${reason}\n${wait.lastWords()}`)
}
