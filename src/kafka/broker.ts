// The adapter: Kafka behind the Broker port. One partition in each send, no retries of kafkajs' own, a deadline on every call.

import type { Message, RecordMetadata } from 'kafkajs'
import type { Broker, SendOutcome, TopicFacts } from '../deliver/broker.ts'
import { partitionOf } from '../deliver/partition.ts'
import type { Batch } from '../message/batch.ts'
import { messagesOf } from '../message/unpack.ts'
import { PannierError } from '../support/errors.ts'
import { classify, innermost } from './classify.ts'
import { type Client, type ClientSettings, createClient } from './client.ts'
import { withDeadline } from './deadline.ts'
import { Region } from './region.ts'
import { askTopic } from './topic.ts'

export interface KafkaSettings extends ClientSettings {
  readonly acks: 'all' | 1
  readonly createTopic: boolean
}

/** So many failures in a row, and the client is built anew: it may never reconnect by itself (tulios/kafkajs#919). */
const FAILURES_BEFORE_REBUILD = 3
export class KafkaBroker implements Broker {
  readonly #settings: KafkaSettings
  readonly #useSeam: boolean
  #client: Client
  #failures = 0

  /** @param useSeam records go to the socket as they are laid out; else through kafkajs' own encoder */
  constructor(settings: KafkaSettings, useSeam: boolean) {
    this.#settings = settings
    this.#useSeam = useSeam
    this.#client = createClient(settings)
  }

  facts(topic: string): Promise<TopicFacts> {
    return this.#client.withAdmin((admin) => askTopic(admin, topic, this.#settings.createTopic))
  }

  async send(batch: Batch): Promise<SendOutcome> {
    const client = this.#client
    const region = new Region(batch)
    try {
      await client.connect()
      // Without the seam nobody tells when the first byte leaves: from here on a failure is an unknown outcome.
      if (!this.#useSeam) region.written = true
      const answer = await this.#produce(client, region)
      const outcome = outcomeOf(answer, batch)
      this.#failures = 0
      return outcome
    } catch (error) {
      this.#doubt(client, error)
      return classify(error, region.written)
    }
  }

  #produce(client: Client, region: Region): Promise<RecordMetadata[]> {
    const { batch } = region
    const { acks, requestTimeout } = this.#settings
    const messages = this.#useSeam ? [{ value: null, partition: batch.partition, region }] : plainMessages(batch)
    const sent = client.producer.send({
      topic: batch.topic,
      acks: acks === 'all' ? -1 : 1,
      timeout: requestTimeout,
      messages,
    })
    return withDeadline(sent, requestTimeout * 2, `sending to ${batch.topic}/${batch.partition}`)
  }

  /** A client that failed often, or whose call never came back, is destroyed: also so that no socket still reads our buffers. */
  #doubt(client: Client, error: unknown): void {
    if (client !== this.#client) return
    this.#failures++
    const { name } = innermost(error)
    const silent =
      name === 'KafkaJSRequestTimeoutError' || (error instanceof PannierError && error.code === 'KAFKA_DEADLINE')
    if (!silent && this.#failures < FAILURES_BEFORE_REBUILD) return
    this.#failures = 0
    this.#client = createClient(this.#settings)
    client.destroy('the agent gave this connection up')
  }

  async publish(topic: string, key: string, value: Buffer): Promise<void> {
    const { requestTimeout } = this.#settings
    try {
      await this.#client.connect()
      const { partitions } = await this.facts(topic)
      const partition = partitions > 1 ? partitionOf(key, partitions) : 0
      const messages = [{ key, value, partition }]
      await withDeadline(
        this.#client.producer.send({ topic, acks: -1, messages }),
        requestTimeout * 2,
        `publishing to ${topic}`,
      )
    } catch (error) {
      if (error instanceof PannierError) throw error
      throw new PannierError(`publishing to "${topic}": ${innermost(error).message}`, {
        code: 'KAFKA_PUBLISH',
        retriable: true,
        cause: error,
      })
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** The way without the seam, through kafkajs' own encoder. */
function plainMessages(batch: Batch): Message[] {
  const timestamp = String(batch.timestamp)
  return messagesOf(batch).map((message) => ({ ...message, partition: batch.partition, timestamp }))
}

/** A batch counts as delivered when the answer names its partition without an error: kafkajs leaves out partitions it does not know. */
function outcomeOf(answer: readonly RecordMetadata[], batch: Batch): SendOutcome {
  const named = answer.find(({ topicName, partition }) => topicName === batch.topic && partition === batch.partition)
  if (named === undefined) {
    return { kind: 'refused', reason: `topic "${batch.topic}" has no partition ${batch.partition} now` }
  }
  return { kind: 'acked', firstOffset: Number(named.baseOffset) }
}
