// The port to a broker that takes messages in transactions, and what every transaction leaves behind.

import type { Chunk } from '../lines/chunk.ts'
import type { Batch } from '../message/batch.ts'
import type { SendOutcome, TopicFacts } from './broker.ts'

/** A record of the checkpoint topic. `value` null: the key is forgotten. */
export interface KeyedRecord {
  readonly key: string
  readonly value: string | null
}

/**
 * The last record of every transaction, in the checkpoint topic: whose it was, and which of its owner's. Whoever does not know the
 * outcome of a commit, or whether it was put out by another agent, reads it there.
 */
export interface Seal {
  /** Random, of one start of an agent. */
  readonly owner: string
  /** Counted from 1. */
  readonly number: number
  readonly host: string
  readonly pid: number
  /** ISO 8601. */
  readonly since: string
}

/** Key of the seal in the checkpoint topic. */
export const SEAL = 'transaction'

export interface TransactionPort {
  /** Asks about a topic. Rejects with a PannierError that says what to do. */
  facts(topic: string): Promise<TopicFacts>
  /**
   * Makes this agent the only one with its transactional id. What was open under it is aborted, or ended where its commit had begun,
   * and only then the last seal is read, null where none ever was. Rejects while that cannot be had; nothing is sent before it succeeds.
   * @param into where all records are wanted: they are put there by key
   */
  take(into: Map<string, string> | null): Promise<Seal | null>
  /** The last seal, without taking anything from anybody. */
  peek(): Promise<Seal | null>
  /** Sends a batch within the transaction, which the first one begins. Never rejects. */
  produce(batch: Batch): Promise<SendOutcome>
  /** Sends one message that is no file's. Never rejects. */
  post(topic: string, key: string, value: Buffer): Promise<SendOutcome>
  /** Writes to the checkpoint topic. Rejects where it is not sure that all is in the transaction. */
  write(records: Iterable<KeyedRecord>): Promise<void>
  /** Resolves once it is sure; rejects where nobody knows, or it did not. */
  commit(): Promise<void>
  close(): Promise<void>
}

export interface Produced {
  readonly batch: Batch
  readonly firstOffset: number
}

/** What the checkpoint topic is to hold once the messages of a transaction are visible. */
export interface Page {
  readonly records: readonly KeyedRecord[]
  /** Chunks whose settlement it tells: all that was produced has to be among them. */
  readonly settles: ReadonlySet<Chunk>
  /** It is in the topic for good. */
  committed(): void
  /** It is not: what it was made of has to go into a later one. */
  aborted(): void
}

export interface TransactionBooks {
  /** There is something to write, whether or not messages go with it. */
  readonly hasNews: boolean
  page(produced: readonly Produced[]): Page
  /** A transaction ended. */
  ring(): void
}
