// Where `pannier run` ships to: stdout, Kafka, or Kafka in transactions, where the state comes from there too.

import { randomBytes } from 'node:crypto'
import type { World } from '../agent.ts'
import type { Config } from '../config/config.ts'
import { beginExactly } from '../exactly-once.ts'
import { openKafka, openTransactions } from '../kafka/open.ts'
import type { Emit } from '../observe/events.ts'
import { ID_TAKEN, OUTPUT_CLOSED } from '../shipping.ts'
import type { StateFolder } from '../state/folder.ts'
import { systemClock } from '../support/clock.ts'
import type { Io } from './io.ts'
import { stdoutBroker } from './stdout-broker.ts'

interface Ways {
  readonly folder: StateFolder
  readonly emit: Emit
  readonly leave: AbortController
  readonly io: Io
  readonly stdout: boolean
}

/** Null when it was told to stop before it could begin. */
export async function openBroker(
  config: Config,
  { folder, emit, leave, io, stdout }: Ways,
): Promise<Pick<World, 'broker' | 'transactions'> | null> {
  if (stdout) return { broker: stdoutBroker(io.out, () => leave.abort(OUTPUT_CLOSED)) }
  if (config.kafka.delivery === 'at_least_once') return { broker: await openKafka(config.kafka) }
  const transactions = await beginExactly({
    config,
    port: await openTransactions(config.kafka),
    clock: systemClock,
    random: Math.random,
    folder,
    emit,
    owner: randomBytes(16).toString('hex'),
    pid: io.pid,
    lost: () => leave.abort(ID_TAKEN),
    stop: io.signals.stop,
  })
  return transactions === null ? null : { broker: transactions.of, transactions }
}
