// The door of this folder: settings in, a Broker out.

import type { KafkaConfig } from '../config/config.ts'
import type { Broker } from '../deliver/broker.ts'
import type { TransactionPort } from '../deliver/transaction.ts'
import { KafkaBroker } from './broker.ts'
import { loadCrc32c } from './crc32c.ts'
import { installSeam, seamFits } from './seam.ts'
import { KafkaTransactions } from './transactional.ts'

/** Connects to nothing yet. */
export async function openKafka(config: KafkaConfig): Promise<Broker> {
  return new KafkaBroker(config, useSeam())
}

/** The same for messages in transactions. */
export async function openTransactions(config: KafkaConfig): Promise<TransactionPort> {
  return new KafkaTransactions(config, useSeam())
}

function useSeam(): boolean {
  const fits = seamFits()
  if (fits) installSeam(loadCrc32c())
  return fits
}
