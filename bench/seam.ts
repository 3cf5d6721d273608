/**
 * The seam beside kafkajs' own encoder: 900 kB batches, one after the other, acks=all, to a real broker.
 * `npx tsx bench/seam.ts [--sends 300]`; the decision is docs/decisions/0002.
 */

import { parseArgs } from 'node:util'
import { KafkaBroker } from '../src/kafka/broker.ts'
import { loadCrc32c } from '../src/kafka/crc32c.ts'
import { installSeam } from '../src/kafka/seam.ts'
import { type Batch, newBatch } from '../src/message/batch.ts'
import { putRecordHead } from '../src/message/record.ts'
import { createTopic, deleteTopic } from '../tools/kafka/admin.ts'
import { startKafka } from '../tools/kafka/start-kafka.ts'
import { lineBytes, lines } from '../tools/oracle/lines.ts'

const { values } = parseArgs({ options: { sends: { type: 'string', default: '300' } } })
const sends = Number(values.sends)
const value = lines('seam', 0, Math.floor(900_000 / lineBytes))
const key = Buffer.from('/var/log/app/app.log')

function batchOf(topic: string): Batch {
  const limit = 1_048_588
  const batch = newBatch({ topic, partition: 0, slab: { bytes: Buffer.alloc(limit) }, limit, timestamp: Date.now() })
  const { bytes } = batch.slab
  const at = putRecordHead(bytes, batch.end, 0, key, value.length, 1)
  batch.end = at + value.copy(bytes, at)
  bytes[batch.end++] = 0
  batch.records = 1
  return batch
}

async function measure(name: string, brokers: readonly string[], topic: string, useSeam: boolean): Promise<void> {
  const kafka = new KafkaBroker(
    { brokers, clientId: 'bench', requestTimeout: 30_000, acks: 'all', createTopic: false },
    useSeam,
  )
  const batch = batchOf(topic)
  const send = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const outcome = await kafka.send(batch)
      if (outcome.kind !== 'acked') throw new Error(JSON.stringify(outcome))
    }
  }
  await send(30)
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await send(sends)
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await kafka.close()
  const mb = (sends * value.length) / 1e6
  console.log(
    `${name.padEnd(16)} ${(mb / seconds).toFixed(0).padStart(5)} MB/s, ${((user + system) / 1e6 / (mb / 1000)).toFixed(2)} s CPU for each GB`,
  )
}

const cluster = await startKafka()
const topic = `bench-seam-${process.pid}`
try {
  installSeam(loadCrc32c())
  await createTopic(cluster.brokers, topic, { partitions: 1 })
  console.log(`${sends} batches of ${value.length} bytes, Node ${process.version}`)
  for (const turn of [1, 2]) {
    await measure(`seam ${turn}`, cluster.brokers, topic, true)
    await measure(`kafkajs ${turn}`, cluster.brokers, topic, false)
  }
} finally {
  await deleteTopic(cluster.brokers, topic)
  await cluster.stop()
}
