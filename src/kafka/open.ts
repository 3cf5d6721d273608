// The door of this folder: settings in, a Broker out.

import type { KafkaConfig } from '../config/config.ts'
import type { Broker } from '../deliver/broker.ts'
import { KafkaBroker } from './broker.ts'
import { loadCrc32c } from './crc32c.ts'
import { installSeam, seamFits } from './seam.ts'

/** Connects to nothing yet. */
export async function openKafka(config: KafkaConfig): Promise<Broker> {
  const fits = seamFits()
  if (fits) installSeam(loadCrc32c())
  return new KafkaBroker(config, fits)
}
