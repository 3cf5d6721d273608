/**
 * A process that sends through the adapter and tells its parent what happens: `node --import tsx THIS BROKER TOPIC MODE`.
 * `endless`: batches one after the other on two partitions, as fast as they are taken.
 * `once`: one batch, then an account of the timers that were armed in the second after it.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { KafkaBroker } from '../../src/kafka/broker.ts'
import { loadCrc32c } from '../../src/kafka/crc32c.ts'
import { installSeam } from '../../src/kafka/seam.ts'
import { batchOfSize } from './batches.ts'

export type Report =
  | { readonly name: 'outcome'; readonly kind: string }
  | { readonly name: 'stray'; readonly what: string }
  | { readonly name: 'timers'; readonly armed: number }

const [brokers = '', topic = '', mode] = process.argv.slice(2)
const report = (one: Report): void => {
  if (process.connected) process.send?.(one)
}

process.on('unhandledRejection', (reason) => report({ name: 'stray', what: `rejection ${String(reason)}` }))
process.on('uncaughtException', (error) => report({ name: 'stray', what: `exception ${String(error)}` }))
process.on('warning', (warning) => report({ name: 'stray', what: `warning ${warning.name}` }))

let armed = 0
const arm = globalThis.setTimeout
const counting = (...args: Parameters<typeof arm>): NodeJS.Timeout => {
  armed++
  return arm(...args)
}
// With the properties of its own: node:timers/promises finds its other half there.
Reflect.set(globalThis, 'setTimeout', Object.assign(counting, arm))

installSeam(loadCrc32c())
const settings = {
  brokers: [brokers],
  clientId: 'test',
  requestTimeout: 2000,
  acks: 'all',
  createTopic: false,
} as const
const broker = new KafkaBroker(settings, true)

if (mode === 'once') {
  report({ name: 'outcome', kind: (await broker.send(batchOfSize(topic, 100))).kind })
  armed = 0
  await delay(1000)
  report({ name: 'timers', armed })
  await broker.close()
} else {
  await Promise.all([0, 1].map((partition) => sendForEver(partition)))
}

async function sendForEver(partition: number): Promise<void> {
  const batch = batchOfSize(topic, 900_000, partition)
  while (process.connected) {
    const { kind } = await broker.send(batch)
    report({ name: 'outcome', kind })
    if (kind !== 'acked') await delay(50)
  }
  await broker.close()
}
