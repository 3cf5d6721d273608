// A deadline on every call to the client: kafkajs has paths on which a promise never settles.

import { PannierError } from '../support/errors.ts'

/** Rejects with KAFKA_DEADLINE when `work` has not settled after `ms` milliseconds; `work` itself goes on unheard. */
export async function withDeadline<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new PannierError(`${what} gave no answer within ${ms} ms`, { code: 'KAFKA_DEADLINE', retriable: true }))
    }, ms)
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
