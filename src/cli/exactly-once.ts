// `pannier run` with delivery = exactly_once: the transactional id is taken and the state fetched from Kafka before anything is read.

import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { Health } from '../deliver/health.ts'
import type { Seal } from '../deliver/transaction.ts'
import { Transactions } from '../deliver/transactions.ts'
import { openTransactions } from '../kafka/open.ts'
import type { Emit } from '../observe/events.ts'
import { ID_TAKEN } from '../shipping.ts'
import type { StateFolder } from '../state/folder.ts'
import { adoptLedger } from '../state/ledger-records.ts'
import { systemClock } from '../support/clock.ts'

interface Surroundings {
  /** Locked. */
  readonly folder: StateFolder
  readonly emit: Emit
  readonly leave: AbortController
  readonly stop: AbortSignal
  readonly pid: number
}

/** Waits for Kafka as long as it takes; null when it was told to stop first. Rejects with STATE_VERSION. */
export async function openExactly(
  { kafka, host }: Config,
  { folder, emit, leave, stop, pid }: Surroundings,
): Promise<{ readonly of: Transactions; readonly isFirst: boolean } | null> {
  const lost = ({ host: theirs, pid: process, since }: Seal): void => {
    emit({ name: 'id_taken', id: kafka.transactionalId, host: theirs, pid: process, since })
    leave.abort(ID_TAKEN)
  }
  const transactions = new Transactions({
    port: await openTransactions(kafka),
    clock: systemClock,
    random: Math.random,
    health: new Health(emit, () => systemClock.monotonic()),
    transactionalId: kafka.transactionalId,
    owner: randomBytes(16).toString('hex'),
    host,
    pid,
    lost,
  })
  const records = await transactions.open(stop)
  if (records === null) {
    await transactions.close()
    return null
  }
  if (records.size > 0) await adoptLedger(folder, records)
  return { of: transactions, isFirst: records.size === 0 }
}
