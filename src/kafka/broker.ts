// The adapter: Kafka behind the Broker port. One partition in each send, no retries of kafkajs' own, a deadline on every call.

import type { Admin, Message, Producer, RecordMetadata } from 'kafkajs'
import type { Broker, SendOutcome, TopicFacts } from '../deliver/broker.ts'
import { partitionOf } from '../deliver/partition.ts'
import type { Batch } from '../message/batch.ts'
import { messagesOf } from '../message/unpack.ts'
import { PannierError } from '../support/errors.ts'
import { classify, innermost } from './classify.ts'
import { type Client, type ClientSettings, createClient, FAILURES_BEFORE_REBUILD } from './client.ts'
import { asError, securityFault } from './connection-fault.ts'
import { withDeadline } from './deadline.ts'
import { denied, isDenial } from './denied.ts'
import { Region } from './region.ts'
import { Security } from './security/security.ts'
import { askTopic, type Creation, newTopicOf } from './topic.ts'

export interface KafkaSettings extends ClientSettings, Creation {
  readonly acks: 'all' | 1
}

export class KafkaBroker implements Broker {
  readonly #settings: KafkaSettings
  readonly #useSeam: boolean
  readonly #security: Security
  #client: Client
  /** In a row, by topic and partition. */
  readonly #failures = new Map<string, number>()

  /** @param useSeam records go to the socket as they are laid out; else through kafkajs' own encoder */
  constructor(settings: KafkaSettings, useSeam: boolean) {
    this.#settings = settings
    this.#useSeam = useSeam
    this.#security = new Security(settings.security)
    this.#client = createClient(settings, this.#security)
  }

  facts(topic: string): Promise<TopicFacts> {
    return this.#client.withAdmin((admin) => this.#asking(admin, topic))
  }

  async send(batch: Batch): Promise<SendOutcome> {
    const client = this.#client
    const region = new Region(batch)
    const outcome = await client
      .withProducer((producer) => this.#produce(producer, region))
      .then(
        (answer) => outcomeOf(answer, batch),
        (error: unknown) => this.#explained(region.failure ?? error, region),
      )
    region.end(outcome.kind !== 'unknown')
    // A broker that refuses what it was sent is well.
    const answered = region.written && region.failure !== null
    const failed = outcome.kind === 'unknown' || (outcome.kind === 'refused' && !answered)
    this.#count(client, batch.topic, batch.partition, failed)
    return outcome
  }

  #asking(admin: Admin, topic: string): Promise<TopicFacts> {
    return askTopic(admin, topic, { newTopic: newTopicOf(this.#settings), security: this.#security })
  }

  #explained(error: unknown, { batch: { topic }, written, failure }: Region): SendOutcome {
    const outcome = classify(error, { written, answered: failure !== null })
    if (outcome.kind !== 'refused' && outcome.kind !== 'unknown') return outcome
    if (isDenial(innermost(error).type)) {
      const fault = denied(topic, 'Write', this.#security.principal)
      return { ...outcome, reason: fault.message, fault }
    }
    const missing = securityFault(error, this.#security.config)
    return missing === null ? outcome : { ...outcome, reason: missing.reason, fault: asError(missing) }
  }

  #produce(producer: Producer, region: Region): Promise<RecordMetadata[]> {
    const { topic, partition } = region.batch
    const { acks, requestTimeout } = this.#settings
    // Without the seam nobody tells when the first byte leaves: from here on a failure is an unknown outcome.
    if (!this.#useSeam) region.written = true
    const messages = this.#useSeam ? [{ value: null, partition, region }] : plainMessages(region.batch)
    const sent = producer.send({ topic, acks: acks === 'all' ? -1 : 1, timeout: requestTimeout, messages })
    return withDeadline(sent, requestTimeout * 2, `sending to ${topic}/${partition}`, () => region.excused)
  }

  /** A client over which a partition fails again and again is retired; what other partitions have on it comes to its end. */
  #count(client: Client, topic: string, partition: number, failed: boolean): void {
    const key = `${topic}/${partition}`
    const failures = failed ? (this.#failures.get(key) ?? 0) + 1 : 0
    this.#failures.set(key, failures)
    if (failures < FAILURES_BEFORE_REBUILD) return
    this.#failures.clear()
    if (client !== this.#client) return
    this.#client = createClient(this.#settings, this.#security)
    client.retire()
  }

  async publish(topic: string, key: string, value: Buffer): Promise<void> {
    const { partitions } = await this.facts(topic)
    const partition = partitionOf(key, Math.max(1, partitions))
    const { requestTimeout } = this.#settings
    const send = (producer: Producer): Promise<RecordMetadata[]> => {
      const sent = producer.send({ topic, acks: -1, timeout: requestTimeout, messages: [{ key, value, partition }] })
      return withDeadline(sent, requestTimeout * 2, `publishing to ${topic}`)
    }
    const client = this.#client
    const answer = await client.withProducer(send).catch((error: unknown) => new Error(innermost(error).message))
    const failed = answer instanceof Error || names(answer, topic, partition) === undefined
    this.#count(client, topic, partition, failed)
    if (!failed) return
    const reason = answer instanceof Error ? answer.message : `there is no partition ${partition} now`
    throw new PannierError(`publishing to "${topic}": ${reason}`, { code: 'KAFKA_PUBLISH', retriable: true })
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/**
 * The way without the seam, through kafkajs' own encoder. Copied, since kafkajs may encode them after our deadline, when the
 * slab is another batch's.
 */
export function plainMessages(batch: Batch): Message[] {
  const copy = { ...batch, slab: { bytes: Buffer.from(batch.slab.bytes.subarray(0, batch.end)) } }
  const timestamp = String(batch.timestamp)
  return messagesOf(copy).map((message) => ({ ...message, partition: batch.partition, timestamp }))
}

const names = (answer: readonly RecordMetadata[], topic: string, partition: number): RecordMetadata | undefined =>
  answer.find((named) => named.topicName === topic && named.partition === partition)

/** A batch counts as delivered when the answer names its partition without an error: kafkajs leaves out partitions it does not know. */
function outcomeOf(answer: readonly RecordMetadata[], { topic, partition }: Batch): SendOutcome {
  const named = names(answer, topic, partition)
  if (named !== undefined) return { kind: 'acked', firstOffset: Number(named.baseOffset) }
  const reason = `topic "${topic}" has no partition ${partition} now`
  const hint = `add partitions: kafka-topics.sh --alter --topic ${topic} --partitions ${partition + 1}`
  return {
    kind: 'refused',
    reason,
    fault: new PannierError(reason, { code: 'PARTITION_MISSING', hint, retriable: true }),
  }
}
