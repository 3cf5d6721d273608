/** Waiting for something to come true: by asking again and again, never by a time that should be enough. */

import { setTimeout as delay } from 'node:timers/promises'

const askEvery = 20

/** Resolves with the first answer that is not false, null or undefined; rejects when `patience` milliseconds have passed. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  patience = 20_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + patience
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined) {
      return answer as Exclude<T, false | null | undefined>
    }
    if (performance.now() > deadline) throw new Error(`still waiting after ${patience} ms until ${what}`)
    await delay(askEvery)
  }
}
