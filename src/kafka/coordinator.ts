// The conversation with the broker that keeps a transactional id. kafkajs' own manager of transactions is not used: it goes on counting
// after a failure, retries nothing that Kafka says to retry, and keeps no two of these requests apart.

import type { Cluster, FetchingBroker, ProducerIds } from 'kafkajs/src/cluster/index.js'
import { innermost } from './classify.ts'
import { withDeadline } from './deadline.ts'

export interface CoordinatorSettings {
  readonly transactionalId: string
  /** Milliseconds. */
  readonly requestTimeout: number
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** After this long without an end the coordinator aborts a transaction itself. Milliseconds, Kafka's own default. */
const TRANSACTION_TIMEOUT = 60_000
/** kafkajs' number for the coordinator of transactions. */
const OF_TRANSACTIONS = 1
/** The last transaction is not over everywhere: said after every quick commit, and to be asked again soon. */
const CONCURRENT = 'CONCURRENT_TRANSACTIONS'
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 100
/** Another broker has the office, or has not read its books yet. By kafkajs' names. */
const ELSEWHERE = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'KafkaJSGroupCoordinatorNotFound',
])

export class Coordinator {
  readonly #cluster: Cluster
  readonly #settings: CoordinatorSettings
  #node: number | null = null
  #ids: ProducerIds | null = null

  constructor(cluster: Cluster, settings: CoordinatorSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Of the producer; throws before `take`. */
  get ids(): ProducerIds {
    if (this.#ids === null) throw new Error('the transactional id was not taken')
    return this.#ids
  }

  /** Fences all others and ends what was open; resolves when that is over in every partition. */
  async take(): Promise<void> {
    const { transactionalId } = this.#settings
    const request = { transactionalId, transactionTimeout: TRANSACTION_TIMEOUT }
    const answer = await this.#ask('taking the transactional id', (broker) => broker.initProducerId(request))
    this.#ids = { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  async add(places: readonly TopicPartition[]): Promise<void> {
    const byTopic = new Map<string, number[]>()
    for (const { topic, partition } of places) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
    const topics = [...byTopic].map(([topic, partitions]) => ({ topic, partitions }))
    await this.#ask('adding to the transaction', (broker) => broker.addPartitionsToTxn({ ...this.ids, topics }))
  }

  async commit(): Promise<void> {
    await this.#ask('committing', (broker) => broker.endTxn({ ...this.ids, transactionResult: true }))
  }

  async #ask<T>(what: string, request: (broker: FetchingBroker) => Promise<T>): Promise<T> {
    const { requestTimeout } = this.#settings
    const deadline = performance.now() + requestTimeout
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        return await withDeadline(this.#found().then(request), requestTimeout * 2, what)
      } catch (error) {
        const { type, name } = innermost(error)
        const isElsewhere = ELSEWHERE.has(type ?? name)
        if (isElsewhere) this.#node = null
        if ((!isElsewhere && type !== CONCURRENT) || performance.now() > deadline) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  async #found(): Promise<FetchingBroker> {
    if (this.#node === null) {
      const which = { groupId: this.#settings.transactionalId, coordinatorType: OF_TRANSACTIONS }
      const { coordinator } = await this.#cluster.findGroupCoordinatorMetadata(which)
      this.#node = coordinator.nodeId
    }
    return this.#cluster.findBroker({ nodeId: this.#node })
  }
}
