// A broker in memory behind our own port: it keeps what it took, and does to each batch what the test tells it to.

import assert from 'node:assert/strict'
import type { Broker, SendOutcome, TopicFacts } from '../../src/deliver/broker.ts'
import type { Batch } from '../../src/message/batch.ts'
import { BATCH_HEAD } from '../../src/message/batch.ts'
import { messagesOf } from '../../src/message/unpack.ts'

export interface Taken {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** `lost_ack`: taken, and nobody is told. `hold`: neither taken nor answered until the test says so. */
export type Verdict = 'ack' | 'hold' | 'lost_ack' | 'unknown' | 'refused' | 'too_large' | 'invalid'

export interface Sent {
  readonly topic: string
  readonly partition: number
  /** Bytes of the whole batch. */
  readonly bytes: number
  readonly records: number
  readonly values: readonly Buffer[]
}

export interface Held {
  readonly sent: Sent
  readonly answer: (verdict: Exclude<Verdict, 'hold'>) => void
}

export class MemoryBroker {
  partitions = 1
  /** Null: we may not ask. */
  maxMessageBytes: number | null = 1_048_588
  /** Asked for the facts of a topic it says this instead. */
  factsFault: Error | null = null
  /** The answer about topics comes when this is resolved. */
  factsDelay: Promise<void> = Promise.resolve()
  publishFault: Error | null = null
  verdict: (sent: Sent) => Verdict = () => 'ack'
  readonly taken: Taken[] = []
  /** By lane, the offset behind the last that was taken. */
  readonly #ends = new Map<string, number>()
  readonly held: Held[] = []
  readonly published: { readonly topic: string; readonly key: string; readonly value: Buffer }[] = []
  /** Batches that were sent, whatever became of them. */
  sends = 0

  /** The broker as one agent sees it. */
  connect(): Broker {
    const busy = new Set<string>()
    const unsettled = new Map<string, Buffer>()
    return {
      facts: () => this.#facts(),
      send: async (batch) => {
        const lane = `${batch.topic}/${batch.partition}`
        assert.ok(!busy.has(lane), `two sends in flight to ${lane}`)
        busy.add(lane)
        const bytes = Buffer.from(batch.slab.bytes.subarray(BATCH_HEAD, batch.end))
        const before = unsettled.get(lane)
        if (before !== undefined)
          assert.ok(before.equals(bytes), 'after an unknown outcome other bytes were sent (law 4)')
        const outcome = await this.#send(batch)
        busy.delete(lane)
        if (outcome.kind === 'unknown') unsettled.set(lane, bytes)
        else unsettled.delete(lane)
        return outcome
      },
      publish: async (topic, key, value) => {
        if (this.publishFault !== null) throw this.publishFault
        this.published.push({ topic, key, value: Buffer.from(value) })
      },
      close: async () => {},
    }
  }

  async #facts(): Promise<TopicFacts> {
    await this.factsDelay
    if (this.factsFault !== null) throw this.factsFault
    return { partitions: this.partitions, maxMessageBytes: this.maxMessageBytes }
  }

  async #send(batch: Batch): Promise<SendOutcome> {
    this.sends++
    const sent = copyOf(batch)
    const verdict = this.verdict(sent.seen)
    if (verdict !== 'hold') return this.#judge(sent, verdict)
    return new Promise((resolve) => {
      const held: Held = {
        sent: sent.seen,
        answer: (late) => {
          this.held.splice(this.held.indexOf(held), 1)
          resolve(this.#judge(sent, late))
        },
      }
      this.held.push(held)
    })
  }

  #judge({ seen, keys, headers }: Copy, verdict: Exclude<Verdict, 'hold'>): SendOutcome {
    const tooLarge = this.maxMessageBytes !== null && seen.bytes > this.maxMessageBytes
    if (verdict === 'too_large' || tooLarge) return { kind: 'too_large', reason: 'MESSAGE_TOO_LARGE: told so' }
    if (verdict === 'unknown') return { kind: 'unknown', reason: 'REQUEST_TIMED_OUT: told so' }
    if (verdict === 'refused') return { kind: 'refused', reason: 'NOT_LEADER_FOR_PARTITION: told so' }
    if (verdict === 'invalid') return { kind: 'invalid', reason: 'INVALID_RECORD: told so' }
    const { topic, partition } = seen
    const lane = `${topic}/${partition}`
    const firstOffset = this.#ends.get(lane) ?? 0
    this.#ends.set(lane, firstOffset + seen.values.length)
    for (const [index, value] of seen.values.entries()) {
      const key = keys[index] as string
      this.taken.push({ topic, partition, offset: firstOffset + index, key, value, headers: headers[index] ?? {} })
    }
    return verdict === 'ack' ? { kind: 'acked', firstOffset } : { kind: 'unknown', reason: 'the ack was lost' }
  }
}

interface Copy {
  readonly seen: Sent
  readonly keys: readonly string[]
  readonly headers: readonly Readonly<Record<string, string>>[]
}

function copyOf(batch: Batch): Copy {
  const messages = messagesOf(batch)
  assert.equal(messages.length, batch.records, 'the batch counts other records than it holds')
  const { topic, partition, end: bytes, records } = batch
  const text = (headers: Readonly<Record<string, Buffer>>): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.toString()]))
  return {
    seen: { topic, partition, bytes, records, values: messages.map(({ value }) => Buffer.from(value)) },
    keys: messages.map(({ key }) => key.toString()),
    headers: messages.map(({ headers }) => text(headers)),
  }
}
