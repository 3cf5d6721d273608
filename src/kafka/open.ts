// The door of this folder: settings in, a Broker out, and what makes batches smaller for it.

import type { KafkaConfig } from '../config/config.ts'
import type { Broker } from '../deliver/broker.ts'
import type { Packer } from '../deliver/packer.ts'
import type { TransactionPort } from '../deliver/transaction.ts'
import { KafkaBroker } from './broker.ts'
import { createPacker } from './codecs/packer.ts'
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

/** What compresses their batches; null where nothing is to be compressed. */
export function openPacker({ compression }: KafkaConfig, failed: (reason: string) => void): Packer | null {
  // Without the seam kafkajs lays records out itself, and they go uncompressed.
  return useSeam() ? createPacker(compression, failed) : null
}

function useSeam(): boolean {
  const fits = seamFits()
  if (fits) installSeam(loadCrc32c())
  return fits
}
