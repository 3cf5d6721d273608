// A deadline on every call to the client: kafkajs has paths on which a promise never settles.

import { PannierError } from '../support/errors.ts'

/**
 * Rejects with KAFKA_DEADLINE when `work` has not settled after `ms` milliseconds; `work` itself goes on unheard.
 * @param excused milliseconds so far that it was told to wait, which do not count
 */
export async function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  what: string,
  excused: () => number = () => 0,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    let granted = 0
    const expire = (): void => {
      const more = excused() - granted
      granted += more
      if (more > 0) timer = setTimeout(expire, more)
      else
        reject(new PannierError(`${what} gave no answer within ${ms} ms`, { code: 'KAFKA_DEADLINE', retriable: true }))
    }
    timer = setTimeout(expire, ms)
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
