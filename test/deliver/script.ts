/** A Broker port that answers what it is told, and a clock that only notes how long it was asked to wait. */

import type { Broker, SendOutcome } from '../../src/deliver/broker.ts'
import { type Batch, newBatch } from '../../src/message/batch.ts'
import type { Clock } from '../../src/support/clock.ts'

export type Script = (batch: Batch, nth: number) => SendOutcome | Promise<SendOutcome>

export const acked: SendOutcome = { kind: 'acked', firstOffset: 0 }
export const refused: SendOutcome = { kind: 'refused', reason: 'NOT_ENOUGH_REPLICAS: told so' }
export const unknown: SendOutcome = { kind: 'unknown', reason: 'the connection broke' }
export const tooLarge: SendOutcome = { kind: 'too_large', reason: 'MESSAGE_TOO_LARGE: told so' }
export const invalid: SendOutcome = { kind: 'invalid', reason: 'INVALID_RECORD: told so' }

export interface ScriptedBroker extends Broker {
  /** The bytes of every send. */
  readonly sent: string[]
}

export function scriptedBroker(script: Script, maxMessageBytes: number | null = null): ScriptedBroker {
  const sent: string[] = []
  return {
    sent,
    facts: async () => ({ partitions: 1, maxMessageBytes }),
    send: async (batch) => {
      const nth = sent.push(batch.slab.bytes.toString('latin1', 0, batch.end)) - 1
      return script(batch, nth)
    },
    publish: async () => {},
    close: async () => {},
  }
}

export function impatientClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = []
  let now = 0
  return {
    waits,
    now: () => 1_760_000_000_000 + now,
    monotonic: () => now,
    wait: async (ms) => {
      waits.push(ms)
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** A batch of which only the bytes matter. */
export function batchWith(text: string): Batch {
  const batch = newBatch({ topic: 'logs', partition: 0, slab: { bytes: Buffer.alloc(200) }, limit: 200, timestamp: 1 })
  batch.end += batch.slab.bytes.write(text, batch.end)
  batch.records = 1
  return batch
}
