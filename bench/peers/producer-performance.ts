/** What Kafka brings along to measure itself. */

import { join } from 'node:path'
import { kafkaJars, kafkaVersion } from '../../tools/kafka/jars.ts'
import { javaProblem } from '../../tools/kafka/java-cluster.ts'
import { runIn } from './command.ts'
import { absent, type Peer, recordBytes, spentToEnd, tallyRecords } from './peer.ts'

export const producerPerformance: Peer = {
  name: 'Kafka’s own ProducerPerformance, 900 kB records',
  record: 'payload only',
  async version() {
    const problem = await javaProblem()
    return problem === null ? `Apache Kafka ${kafkaVersion}` : absent(problem)
  },
  /** Its seconds are those of the rate that it reports, without the start of its JVM; its CPU is that of the whole process. */
  async run(job) {
    const { place, topic, workload } = job
    const records = Math.ceil(workload.bytes / recordBytes)
    const load = ['--topic', topic, '--num-records', records, '--record-size', recordBytes, '--throughput', -1].map(
      String,
    )
    const properties = ['--producer-props', `bootstrap.servers=${place.brokers.join(',')}`, 'acks=all']
    const program = ['-cp', join(await kafkaJars(), '*'), 'org.apache.kafka.tools.ProducerPerformance']
    const command = runIn(job, 'java', [...program, ...load, ...properties])
    const spent = await spentToEnd(command)
    const seconds = records / recordsPerSecond(command.words())
    return { ...spent, seconds, bytes: records * recordBytes, ...(await tallyRecords(job, records)) }
  },
}

/** The rate in the last line of its output, which sums up; the lines before it are of a few seconds each. */
export function recordsPerSecond(output: string): number {
  const last = output.trim().split('\n').at(-1) ?? ''
  const rate = /^\d+ records sent, ([\d.]+) records\/sec/.exec(last)?.[1]
  if (rate === undefined) throw new Error(`ProducerPerformance said no rate:\n${output}`)
  return Number(rate)
}
