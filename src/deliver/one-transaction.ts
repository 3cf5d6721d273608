// One transaction as it is filled: what is sent in it, and the one end that all of it comes to.

import { reaches } from '../files/foresee.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import type { Chunk } from '../lines/chunk.ts'
import type { Batch } from '../message/batch.ts'
import type { SendOutcome } from './broker.ts'
import type { Page, Produced, TransactionPort } from './transaction.ts'

export interface Post {
  readonly topic: string
  readonly key: string
  readonly value: Buffer
}

export interface Waiting {
  readonly what: Batch | Post
  /** Called when the broker has it. */
  readonly staged: () => void
  readonly end: (outcome: SendOutcome) => void
}

export class OneTransaction {
  /** In the order in which the broker took them. */
  readonly produced: Produced[] = []
  readonly #port: TransactionPort
  /** What shares the transaction's fate. */
  readonly #within: { readonly waiting: Waiting; readonly outcome: SendOutcome }[] = []
  readonly #chunks = new Set<Chunk>()
  #doubt: string | null = null

  constructor(port: TransactionPort) {
    this.#port = port
  }

  /** Nothing but what does no harm was sent. */
  isEmpty({ records }: Page): boolean {
    return this.#within.length === 0 && records.length === 0
  }

  /** Sends what is queued, and what comes while that is on its way. Returns why it cannot be committed, or null. */
  async fill(queue: Waiting[]): Promise<string | null> {
    const flying = new Set<Promise<void>>()
    for (;;) {
      for (const waiting of this.#doubt === null ? queue.splice(0) : []) {
        const flight = this.#put(waiting).finally(() => flying.delete(flight))
        flying.add(flight)
      }
      if (flying.size === 0) return this.#doubt
      await Promise.race(flying)
    }
  }

  /** Why what was produced must not become visible: the page would not tell of all of it. */
  lacks({ settles }: Page): string | null {
    const whole = this.produced.every(({ batch }) => batch.chunks.every((chunk) => settles.has(chunk)))
    return whole ? null : 'bytes before those that were sent are not settled'
  }

  /** @param aborted why; null when it was committed */
  end(aborted: string | null): void {
    for (const { waiting, outcome } of this.#within)
      waiting.end(aborted === null ? outcome : { kind: 'refused', reason: aborted })
  }

  async #put(waiting: Waiting): Promise<void> {
    const { what, end, staged } = waiting
    const isBatch = 'chunks' in what
    // What is in the checkpoint is a prefix of each file: bytes behind a gap would come a second time after a crash.
    if (isBatch && !this.#isNext(what)) return end({ kind: 'refused', reason: 'bytes before it are not settled yet' })
    const { topic, key, value } = what as Post
    const outcome = await (isBatch ? this.#port.produce(what) : this.#port.post(topic, key, value))
    if (outcome.kind === 'acked' || outcome.kind === 'unknown') this.#within.push({ waiting, outcome })
    else end(outcome)
    if (outcome.kind === 'unknown') this.#doubt ??= outcome.reason
    if (outcome.kind !== 'acked' || !isBatch) return
    this.produced.push({ batch: what, firstOffset: outcome.firstOffset })
    for (const chunk of what.chunks) this.#chunks.add(chunk)
    staged()
  }

  /** All bytes of its files before it are settled, or in this transaction. */
  #isNext({ chunks }: Batch): boolean {
    const ends = new Map<TrackedFile, number>()
    const together = chunks.length > 1 ? new Set([...this.#chunks, ...chunks]) : this.#chunks
    return chunks.every((chunk) => {
      const { file, before, after } = chunk
      const end = ends.get(file)
      ends.set(file, after.offset)
      // Between two chunks of a batch may lie what is settled already, as a dead letter is.
      return end === before.offset || reaches(file, chunk, together)
    })
  }
}
