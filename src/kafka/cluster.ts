// kafkajs' own cluster object: metadata and connections to leaders, from which a partition can be read without a consumer group,
// that is, without leaving anything in the user's cluster. kafkajs gives no public way to it.

import type { Kafka } from 'kafkajs'
import type { Cluster } from 'kafkajs/src/cluster/index.js'
import { PannierError } from '../support/errors.ts'

const MAKER = 'private:Kafka:createCluster'
const READ_COMMITTED = 1
/** Milliseconds. */
const METADATA_MAX_AGE = 300_000

type Maker = (options: object) => Cluster

/** With all settings of `kafka`: brokers, sockets, deadlines. Connects to nothing yet. */
export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === MAKER)
  const maker = symbol === undefined ? undefined : (kafka as unknown as Record<symbol, Maker>)[symbol]
  if (maker === undefined) {
    throw new PannierError('this version of kafkajs cannot be read with; it has to be 2.2.4', { code: 'KAFKA_VERSION' })
  }
  return maker({ metadataMaxAge: METADATA_MAX_AGE, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED })
}
