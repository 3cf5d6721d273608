// The port between the round and whatever takes the messages: Kafka, stdout, or a simulated broker.

import type { Batch } from '../message/batch.ts'
import type { PannierError } from '../support/errors.ts'

export type SendOutcome =
  | { readonly kind: 'acked'; readonly firstOffset: number }
  /** Definitely not taken; the same bytes may be later. */
  | { readonly kind: 'refused'; readonly reason: string; readonly fault?: PannierError }
  /** Nobody knows whether it was taken. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly fault?: PannierError }
  /** Definitely not taken: larger than the topic allows. */
  | { readonly kind: 'too_large'; readonly reason: string }
  /** Definitely not taken, and never will be, because of the record's own content (law 8). */
  | { readonly kind: 'invalid'; readonly reason: string }

export interface TopicFacts {
  readonly partitions: number
  /** The topic's `max.message.bytes`; null when we may not ask. */
  readonly maxMessageBytes: number | null
}

export interface Broker {
  /** Asks about a topic. Rejects with a PannierError that says what to do. */
  facts(topic: string): Promise<TopicFacts>
  /**
   * Sends one batch to its partition. Never rejects. The batch's bytes may be in use until it resolves, not after.
   * @param staged called where it is taken, and its fate hangs on others: the next one for the partition may be sent
   */
  send(batch: Batch, staged?: () => void): Promise<SendOutcome>
  /** Sends one message that is no file's: a manifest. Rejects with a PannierError. */
  publish(topic: string, key: string, value: Buffer): Promise<void>
  /** There may be something to write that goes without messages. */
  wake?(): void
  close(): Promise<void>
}
