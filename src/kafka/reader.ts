// Reads partitions back, for `verify` and `restore`: from one offset to another, in bounded memory, without a consumer group.

import type { KafkaMessage } from 'kafkajs'
import type { Cluster, FetchingBroker } from 'kafkajs/src/cluster/index.js'
import Batch from 'kafkajs/src/consumer/batch.js'
import { PannierError } from '../support/errors.ts'
import { innermost } from './classify.ts'
import { type Client, type ClientSettings, createClient } from './client.ts'
import { readAllCodecs } from './codecs/for-reading.ts'
import { committedMessages } from './committed.ts'
import { withDeadline } from './deadline.ts'
import { type Asked, readingFault } from './reading-fault.ts'
import { Security } from './security/security.ts'

export interface PartitionBounds {
  /** The first offset that is still there. */
  readonly start: number
  /** Behind the last offset that a reader of committed records is shown. */
  readonly end: number
}

export interface TopicReader {
  /** By partition. Rejects with TOPIC_MISSING, TOPIC_DENIED or KAFKA_UNREACHABLE. */
  bounds(topic: string): Promise<ReadonlyMap<number, PartitionBounds>>
  /** Records of `[from, to)` in order, an answer of the broker at a time; offsets that are no more are left out. */
  read(topic: string, partition: number, from: number, to: number): AsyncIterable<readonly KafkaMessage[]>
  /** All topics that the broker shows to this client. */
  topics(): Promise<string[]>
  close(): void
}

/** What a broker is asked for at a time; a larger record batch comes whole all the same (KIP-74). */
const FETCH_BYTES = 4 * 1024 * 1024
const READ_COMMITTED = 1
/** Milliseconds that a broker may wait for records that are not there. */
const FETCH_WAIT = 500
/** A person waits: a partition that gives nothing for so long is told. Milliseconds. */
const PATIENCE = 30_000
const PAUSE = 250

/** @param patience milliseconds without progress after which reading rejects */
export function openReader(settings: ClientSettings, patience: number = PATIENCE): TopicReader {
  return new KafkaReader(settings, patience)
}

interface FetchedPart {
  readonly committed: readonly KafkaMessage[]
  /** Offset of the last record that came, whatever it was. */
  readonly last: number
}

class KafkaReader implements TopicReader {
  readonly #settings: ClientSettings
  readonly #patience: number
  readonly #security: Security
  #client: Client
  #cluster: Promise<Cluster> | null = null

  constructor(settings: ClientSettings, patience: number) {
    this.#settings = settings
    this.#patience = patience
    this.#security = new Security(settings.security)
    this.#client = createClient(settings, this.#security)
    readAllCodecs()
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, PartitionBounds>> {
    return this.#patiently({ what: `asking for the offsets of topic "${topic}"`, topic }, () => this.#ask(topic))
  }

  async topics(): Promise<string[]> {
    return this.#patiently({ what: 'asking for the topics', topic: '*' }, () =>
      this.#client.withAdmin((admin) => admin.listTopics()),
    )
  }

  async *read(topic: string, partition: number, from: number, to: number): AsyncGenerator<readonly KafkaMessage[]> {
    for (let next = from; next < to; ) {
      const at = next
      const batch = await this.#patiently({ what: `reading ${topic}/${partition} at offset ${at}`, topic }, () =>
        this.#fetch(topic, partition, at),
      )
      if (batch === null) {
        // Retention went on while we read: what is gone is gone, the rest is read.
        next = Math.max(at + 1, (await this.bounds(topic)).get(partition)?.start ?? to)
        continue
      }
      next = batch.last + 1
      const messages = batch.committed.filter(({ offset }) => Number(offset) < to)
      if (messages.length > 0) yield messages
    }
  }

  close(): void {
    this.#client.destroy('the reading is over')
  }

  async #ask(topic: string): Promise<ReadonlyMap<number, PartitionBounds>> {
    const cluster = await this.#connected()
    await cluster.addTargetTopic(topic)
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }))
    const [starts] = await cluster.fetchTopicsOffset([{ topic, fromBeginning: true, partitions }])
    const [ends] = await cluster.fetchTopicsOffset([{ topic, fromBeginning: false, partitions }])
    const startOf = new Map(starts?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    const found = ends?.partitions.toSorted((a, b) => a.partition - b.partition) ?? []
    return new Map(
      found.map(({ partition, offset }) => [partition, { start: startOf.get(partition) ?? 0, end: Number(offset) }]),
    )
  }

  /** Null where the offset is no more. Rejects where nothing came. */
  async #fetch(topic: string, partition: number, offset: number): Promise<FetchedPart | null> {
    const cluster = await this.#connected()
    await cluster.addTargetTopic(topic)
    const broker = await leaderOf(cluster, topic, partition)
    const partitions = [{ partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES }]
    const limits = { maxBytes: FETCH_BYTES, minBytes: 1, maxWaitTime: FETCH_WAIT, isolationLevel: READ_COMMITTED }
    try {
      const answer = await broker.fetch({ ...limits, topics: [{ topic, partitions }] })
      const fetched = answer.responses[0]?.partitions[0]
      const batch = fetched === undefined ? null : new Batch(topic, String(offset), fetched)
      if (fetched !== undefined && batch !== null && batch.rawMessages.length > 0)
        return { committed: committedMessages(fetched, offset), last: Number(batch.lastOffset()) }
    } catch (error) {
      if (innermost(error).type === 'OFFSET_OUT_OF_RANGE') return null
      throw error
    }
    throw new PannierError('the broker has nothing there', { code: 'KAFKA_EMPTY', retriable: true })
  }

  #connected(): Promise<Cluster> {
    this.#cluster ??= this.#client.cluster()
    return this.#cluster
  }

  /** Tries again over a new client until the patience is over; what no patience helps with is told at once. */
  async #patiently<T>(asked: Asked, work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#patience
    for (;;) {
      try {
        return await withDeadline(work(), this.#settings.requestTimeout * 2, asked.what)
      } catch (error) {
        const { fault, final } = readingFault(asked, error, this.#security)
        if (final || performance.now() > deadline) throw fault
      }
      this.#startAnew()
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  /** Whatever ails a connection or what kafkajs knows of the cluster is left behind. */
  #startAnew(): void {
    this.#client.destroy('this connection was given up')
    this.#client = createClient(this.#settings, this.#security)
    this.#cluster = null
  }
}

async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<FetchingBroker> {
  const found = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
  if (found !== undefined && found.leader >= 0) return cluster.findBroker({ nodeId: found.leader })
  throw new PannierError('the partition has no leader now', { code: 'KAFKA_LEADERLESS', retriable: true })
}
