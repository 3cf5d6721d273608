// Before an agent that ships exactly once reads a byte: it takes its transactional id, and its state from Kafka.

import type { Config } from './config/config.ts'
import { backoff } from './deliver/backoff.ts'
import { Health } from './deliver/health.ts'
import type { Seal, TransactionPort } from './deliver/transaction.ts'
import { Transactions } from './deliver/transactions.ts'
import type { Emit } from './observe/events.ts'
import type { StateFolder } from './state/folder.ts'
import { adoptLedger } from './state/ledger-records.ts'
import { type Clock, Interrupt } from './support/clock.ts'
import { PannierError, readable } from './support/errors.ts'

export interface Exactly {
  readonly of: Transactions
  /** There was nothing in the checkpoint topic. */
  readonly isFirst: boolean
}

export interface ExactlyParts {
  readonly config: Pick<Config, 'host' | 'kafka'>
  readonly port: TransactionPort
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  /** Locked by the caller. */
  readonly folder: StateFolder
  readonly emit: Emit
  /** Random, of this start alone. */
  readonly owner: string
  readonly pid: number
  /** Another agent has the transactional id. */
  readonly lost: () => void
  readonly stop: AbortSignal
}

/** Waits for Kafka, and for room in the state folder, as long as it takes; null when it was told to stop first. Rejects with STATE_VERSION. */
export async function beginExactly(parts: ExactlyParts): Promise<Exactly | null> {
  const { config, port, clock, random, emit, owner, pid, lost } = parts
  const { transactionalId } = config.kafka
  const transactions = new Transactions({
    port,
    clock,
    random,
    transactionalId,
    owner,
    host: config.host,
    pid,
    health: new Health(emit, () => clock.monotonic()),
    lost: ({ host, pid: theirs, since }: Seal) => {
      emit({ name: 'id_taken', id: transactionalId, host, pid: theirs, since })
      lost()
    },
  })
  const records = await transactions.open(parts.stop)
  if (records !== null && (await adopt(records, parts))) return { of: transactions, isFirst: records.size === 0 }
  await transactions.close()
  return null
}

/** False when it was told to stop first. */
async function adopt(
  records: ReadonlyMap<string, string>,
  { folder, emit, clock, random, stop }: ExactlyParts,
): Promise<boolean> {
  for (let failures = 1; records.size > 0; failures++) {
    try {
      await adoptLedger(folder, records)
      if (failures > 1) emit({ name: 'state_recovered' })
      return true
    } catch (error) {
      if (!(error instanceof PannierError) || !error.retriable) throw error
      if (failures === 1) emit({ name: 'state_failed', reason: readable(error), hint: error.hint })
    }
    if (stop.aborted) return false
    const stopped = new Interrupt()
    stop.addEventListener('abort', () => stopped.come(), { once: true })
    await clock.wait(backoff(failures, random()), stopped)
  }
  return true
}
