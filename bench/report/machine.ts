/** Where it was measured: figures of another machine are other figures. */

import { execFileSync } from 'node:child_process'
import os from 'node:os'
import { kafkaVersion } from '../../tools/kafka/jars.ts'
import { givenBrokers } from '../../tools/kafka/start-kafka.ts'

export function machine(): string {
  const processors = os.cpus()
  const memory = (os.totalmem() / 2 ** 30).toFixed(0)
  // What follows the version is its builder's name for it.
  const kernel = os.release().split('-')[0]
  return [
    `${processors.length} cores (${processors[0]?.model.trim()}), ${memory} GiB of memory, ${os.type()} ${kernel} ${os.arch()}`,
    `Node ${process.versions.node}; ${broker()}`,
  ].join('; ')
}

function broker(): string {
  const given = givenBrokers()
  if (given.length > 0) return `Kafka at ${given.length} given addresses`
  return `Apache Kafka ${kafkaVersion} on ${java()}, one broker on the same machine`
}

function java(): string {
  try {
    return `Java ${execFileSync('java', ['--version'], { encoding: 'utf8' }).split(' ')[1]}`
  } catch {
    return 'Docker'
  }
}
