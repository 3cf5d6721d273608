// The adapter for transactions: one producer id, own sequence numbers, one request for each partition, and no retry of a send.

import type { Cluster, FetchingBroker } from 'kafkajs/src/cluster/index.js'
import type { SendOutcome, TopicFacts } from '../deliver/broker.ts'
import { partitionOf } from '../deliver/partition.ts'
import type { KeyedRecord, Seal, TransactionPort } from '../deliver/transaction.ts'
import type { Batch } from '../message/batch.ts'
import { PannierError } from '../support/errors.ts'
import { plainMessages } from './broker.ts'
import { readCheckpointTopic, readyCheckpointTopic } from './checkpoint-topic.ts'
import { classify, innermost } from './classify.ts'
import { type Client, type ClientSettings, createClient, FAILURES_BEFORE_REBUILD } from './client.ts'
import { Coordinator, type TopicPartition } from './coordinator.ts'
import { withDeadline } from './deadline.ts'
import { denied } from './denied.ts'
import { inBatches, nextSequence } from './keyed-batches.ts'
import { Region } from './region.ts'
import { Security } from './security/security.ts'
import { askTopic, type Creation, newTopicOf } from './topic.ts'
import { faultOf, isDoubtful } from './transaction-fault.ts'

export interface TransactionalSettings extends ClientSettings, Creation {
  readonly transactionalId: string
  readonly checkpointTopic: string
}

export class KafkaTransactions implements TransactionPort {
  readonly #settings: TransactionalSettings
  readonly #useSeam: boolean
  readonly #security: Security
  #client: Client
  #cluster: Promise<Cluster> | null = null
  #coordinator: Coordinator | null = null
  /** Of the next record, by topic and partition. */
  #sequences = new Map<string, number>()
  /** Partitions that are part of the transaction, or are being made so. */
  #added = new Map<string, Promise<void>>()
  #adding: Promise<unknown> = Promise.resolve()
  #toAdd: TopicPartition[] = []
  readonly #failures = new Map<string, number>()
  /** Offset in the checkpoint topic from which on the last seal is found. */
  #sealedFrom = 0
  #writtenAt = 0
  #isReady = false

  constructor(settings: TransactionalSettings, useSeam: boolean) {
    this.#settings = settings
    this.#useSeam = useSeam
    this.#security = new Security(settings.security)
    this.#client = createClient(settings, this.#security)
  }

  facts(topic: string): Promise<TopicFacts> {
    const asking = { newTopic: newTopicOf(this.#settings), security: this.#security }
    return this.#client.withAdmin((admin) => askTopic(admin, topic, asking))
  }

  async take(into: Map<string, string> | null): Promise<Seal | null> {
    const { checkpointTopic } = this.#settings
    try {
      this.#startAnew()
      if (!this.#isReady) await this.#client.withAdmin((admin) => readyCheckpointTopic(admin, checkpointTopic))
      this.#isReady = true
      const cluster = await this.#connected()
      // kafkajs knows no broker to ask before it has metadata of some topic.
      await cluster.addTargetTopic(checkpointTopic)
      const coordinator = new Coordinator(cluster, this.#settings)
      await coordinator.take()
      this.#coordinator = coordinator
      // Only now: what was open before is over, and its seal is there or will never be.
      return await readCheckpointTopic(this.#settings, checkpointTopic, into === null ? this.#sealedFrom : 0, into)
    } catch (error) {
      throw faultOf(error)
    }
  }

  async peek(): Promise<Seal | null> {
    try {
      return await readCheckpointTopic(this.#settings, this.#settings.checkpointTopic, this.#sealedFrom, null)
    } catch (error) {
      throw faultOf(error)
    }
  }

  async produce(batch: Batch): Promise<SendOutcome> {
    const { topic, partition, records } = batch
    const region = this.#useSeam ? new Region(batch) : null
    const messages = region === null ? plainMessages(batch) : [{ value: null, partition, region }]
    const outcome = await this.#append({ topic, partition }, messages, records, region)
    region?.end(outcome.kind !== 'unknown')
    return outcome
  }

  async post(topic: string, key: string, value: Buffer): Promise<SendOutcome> {
    try {
      const cluster = await this.#connected()
      await cluster.addTargetTopic(topic)
      const partition = partitionOf(key, Math.max(1, cluster.findTopicPartitionMetadata(topic).length))
      return await this.#append({ topic, partition }, [{ key, value }], 1, null)
    } catch (error) {
      return classify(error, { written: false, answered: false })
    }
  }

  async write(records: Iterable<KeyedRecord>): Promise<void> {
    const place = { topic: this.#settings.checkpointTopic, partition: 0 }
    for (const messages of inBatches(records)) {
      const outcome = await this.#append(place, messages, messages.length, null)
      if (outcome.kind !== 'acked')
        throw new PannierError(outcome.reason, { code: 'CHECKPOINT_TOPIC', retriable: true })
      this.#writtenAt = outcome.firstOffset
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#taken().commit()
      this.#added.clear()
      this.#sealedFrom = this.#writtenAt
    } catch (error) {
      throw faultOf(error)
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** Never rejects. A partition that is not there, or not led, is no part of the transaction: it would hold up the end of all. */
  async #append(
    place: TopicPartition,
    messages: readonly object[],
    count: number,
    region: Region | null,
  ): Promise<SendOutcome> {
    const key = `${place.topic}/${place.partition}`
    let written = false
    try {
      const leader = await this.#leader(place)
      await this.#add(key, place)
      // Without the seam nobody tells when the first byte leaves.
      written = region === null
      const firstOffset = await this.#produce(leader, place, messages, region)
      this.#sequences.set(key, nextSequence(this.#sequences.get(key) ?? 0, count))
      this.#failures.delete(key)
      return { kind: 'acked', firstOffset }
    } catch (error) {
      const answered = region !== null && region.failure !== null
      const failure = region?.failure ?? error
      const outcome = classify(failure, { written: written || region?.written === true, answered })
      if (this.#isDoubtful(failure, key, outcome))
        return { kind: 'unknown', reason: 'reason' in outcome ? outcome.reason : '' }
      return outcome.kind === 'refused' && innermost(failure).type === 'TOPIC_AUTHORIZATION_FAILED'
        ? { ...outcome, fault: denied(place.topic, 'Write', this.#security.principal) }
        : outcome
    }
  }

  async #produce(
    leader: FetchingBroker,
    { topic, partition }: TopicPartition,
    messages: readonly object[],
    region: Region | null,
  ): Promise<number> {
    const key = `${topic}/${partition}`
    const { requestTimeout } = this.#settings
    const firstSequence = this.#sequences.get(key) ?? 0
    const topicData = [{ topic, partitions: [{ partition, firstSequence, messages }] }]
    const sent = leader.produce({ ...this.#taken().ids, acks: -1, timeout: requestTimeout, topicData })
    const answer = await withDeadline(sent, requestTimeout * 2, `sending to ${key}`, () => region?.excused ?? 0)
    return Number(answer.topics[0]?.partitions[0]?.baseOffset)
  }

  #isDoubtful(error: unknown, key: string, outcome: SendOutcome): boolean {
    const { type } = innermost(error)
    if (type !== undefined) return isDoubtful(type)
    if (outcome.kind !== 'refused') return false
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    return failures >= FAILURES_BEFORE_REBUILD
  }

  /** All that is asked for while a request is on its way goes into the next: the coordinator takes one at a time. */
  #add(key: string, place: TopicPartition): Promise<void> {
    const known = this.#added.get(key)
    if (known !== undefined) return known
    this.#toAdd.push(place)
    const added = this.#adding.then(() => this.#addAll(place))
    this.#adding = added.catch(() => {})
    this.#added.set(key, added)
    added.catch(() => this.#added.delete(key))
    return added
  }

  async #addAll(place: TopicPartition): Promise<void> {
    // The one before took it along.
    if (!this.#toAdd.includes(place)) return
    const all = this.#toAdd.splice(0)
    try {
      await this.#taken().add(all)
    } catch (error) {
      // One that is denied denies all: each is asked for by itself.
      if (all.length === 1) throw error
      await this.#taken().add([place])
      this.#toAdd.unshift(...all.filter((one) => one !== place))
    }
  }

  async #leader({ topic, partition }: TopicPartition): Promise<FetchingBroker> {
    const cluster = await this.#connected()
    await cluster.addTargetTopic(topic)
    await cluster.refreshMetadataIfNecessary()
    let leader = leaderIn(cluster, topic, partition)
    if (leader < 0) {
      await cluster.refreshMetadata()
      leader = leaderIn(cluster, topic, partition)
    }
    if (leader >= 0) return cluster.findBroker({ nodeId: leader })
    const reason = `LEADER_NOT_AVAILABLE: ${topic}/${partition} has no leader now`
    throw new PannierError(reason, { code: 'KAFKA_LEADERLESS', retriable: true })
  }

  #taken(): Coordinator {
    if (this.#coordinator === null) throw new Error('the transactional id was not taken')
    return this.#coordinator
  }

  #connected(): Promise<Cluster> {
    this.#cluster ??= this.#client.cluster()
    return this.#cluster
  }

  #startAnew(): void {
    this.#client.destroy('this connection was given up')
    this.#client = createClient(this.#settings, this.#security)
    this.#cluster = null
    this.#coordinator = null
    this.#sequences = new Map()
    this.#added = new Map()
    this.#toAdd = []
    this.#failures.clear()
  }
}

const leaderIn = (cluster: Cluster, topic: string, partition: number): number =>
  cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader ?? -1
