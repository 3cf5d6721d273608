/** Files shipped to a real topic, with a configuration for the commands that read it back; and records of anybody's making. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { IHeaders } from 'kafkajs'
import type { Batch } from '../../src/message/batch.ts'
import { messagesOf, type Unpacked } from '../../src/message/unpack.ts'
import { kafkaClient, withAdmin } from '../../tools/kafka/client.ts'
import { type Agent, agentFor, type ShipmentOptions } from '../kafka/agent.ts'
import type { TestTopic } from '../kafka/broker.ts'
import { type Ended, pannier } from './pannier.ts'

export interface Shipped extends TestTopic {
  readonly agent: Agent
  write(name: string, content: string | Buffer): void
  ship(options?: Omit<ShipmentOptions, 'settings'>): Promise<void>
  run(...args: string[]): Promise<Ended>
  /** Where `restore --to out` puts a file of `logs`. */
  restored(name: string, to?: string): string
  /** Settings of config.ini, for whoever ships and whoever reads. */
  configure(settings: string): void
}

export function shipped(t: TestContext, topic: TestTopic): Shipped {
  const agent = agentFor(t, topic)
  let settings = ''
  const configure = (more: string): void => {
    settings = more
    const basic = `[basic_conf]\ninputpath = ${agent.folder}/logs/*.log\nhost = host-1\n`
    const kafka = `[kafka_conf]\nbrokers = ${topic.brokers.join()}\ntopic = ${topic.topic}\n`
    writeFileSync(join(agent.folder, 'config.ini'), `${basic}${kafka}${more}`)
  }
  configure('')
  return {
    ...topic,
    agent,
    configure,
    write: (name, content) => agent.write(name, content),
    async ship(options = {}) {
      const { left } = await agent.ship({ ...options, settings })
      if (left.bytes > 0) throw new Error(`${left.bytes} bytes were not shipped`)
    },
    run: (...args) => pannier(agent.folder, ...args),
    restored: (name, to = 'out') => join(agent.folder, to, agent.path(name)),
  }
}

/** `cmp` of the restored file with its source. */
export const isRestored = ({ agent, restored }: Shipped, name: string): boolean =>
  readFileSync(restored(name)).equals(readFileSync(agent.path(name)))

/** For `ShipmentOptions.before`: changes messages on their way, so that the topic holds what nobody booked. */
export const tamper =
  (change: (message: Unpacked) => void) =>
  (batch: Batch): void => {
    for (const message of messagesOf(batch)) change(message)
  }

export interface Record {
  readonly key?: string
  readonly value: Buffer | string
  readonly headers?: IHeaders
  readonly partition?: number
}

export async function produce({ brokers, topic }: TestTopic, records: readonly Record[]): Promise<void> {
  const producer = kafkaClient(brokers).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  for (const record of records) await producer.send({ topic, messages: [{ partition: 0, ...record }] })
  await producer.disconnect()
}

/** Removes all records of partition 0 in front of `offset`, as retention would. */
export function expire({ brokers, topic }: TestTopic, offset: number): Promise<void> {
  const partitions = [{ partition: 0, offset: String(offset) }]
  return withAdmin(brokers, async (admin) => {
    // Without a question for it first, kafkajs knows of no leader.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions })
  })
}

export const lines = (count: number, tag: string): string =>
  Array.from({ length: count }, (_, index) => `${tag} ${index} ${'x'.repeat(index % 150)}\n`).join('')

/** Text, line ends of both kinds, bytes that are no text, a line of several messages, an empty line. */
export const motley = (): Buffer =>
  Buffer.concat([
    Buffer.from(`${lines(300, 'a')}\r\n\nwindows\r\nä €\n`),
    Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x28, 0x0d, 0x0a]),
    Buffer.from(`${'y'.repeat(70_000)}\n`),
    Buffer.from(lines(50, 'b')),
  ])
