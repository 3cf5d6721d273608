/** A real consumer that says when a record is there: not before its ack, since only what all replicas have is handed out. */

import { randomBytes } from 'node:crypto'
import { kafkaClient } from '../tools/kafka/client.ts'
import type { TopicRecord } from '../tools/oracle/read-topic.ts'

export type Arrived = Pick<TopicRecord, 'partition' | 'value'> & {
  readonly headers: Readonly<Record<string, string>>
  /** By `performance.now()`. */
  readonly at: number
}

export interface Watch {
  /** Resolves with the first record that comes from now on. */
  next(): Promise<Arrived>
  onRecord: (record: Arrived) => void
  close(): Promise<void>
}

const patience = 600_000

/** Resolves when it waits at the broker for records. */
export async function watchTopic(brokers: readonly string[], topic: string): Promise<Watch> {
  const kafka = kafkaClient(brokers)
  const consumer = kafka.consumer({
    groupId: `bench-${randomBytes(8).toString('hex')}`,
    minBytes: 1,
    maxWaitTimeInMs: 1000,
  })
  const waits = new Promise<unknown>((resolve) => consumer.on(consumer.events.FETCH, resolve))
  const watch: Watch = {
    onRecord: () => {},
    next: () =>
      new Promise((resolve, reject) => {
        const tooLong = setTimeout(() => reject(new Error(`no record within ${patience} ms`)), patience)
        watch.onRecord = (record) => {
          clearTimeout(tooLong)
          watch.onRecord = () => {}
          resolve(record)
        }
      }),
    close: () => consumer.disconnect(),
  }
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: false })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const value = message.value ?? Buffer.alloc(0)
      watch.onRecord({ partition, value, headers: {}, at: performance.now() })
    },
  })
  await waits
  return watch
}
