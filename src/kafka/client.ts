// One life of a kafkajs client: connected on first use, destroyed as a whole when it has to be doubted.

import kafkajs, { type Admin, type Producer } from 'kafkajs'
import { PannierError } from '../support/errors.ts'
import { connectionFault } from './connection-fault.ts'
import { withDeadline } from './deadline.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { guardTimers } from './timer-guard.ts'

export interface ClientSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Milliseconds that one request may take. */
  readonly requestTimeout: number
}

/** A connection that is not there after this long is not coming. */
const CONNECTION_TIMEOUT_MS = 5_000
/** Our own retries are endless and backed off; kafkajs gets none, so that no request is ever sent behind our back. */
const NO_RETRIES = { retries: 0 }

export interface Client {
  readonly producer: Producer
  /** Rejects with KAFKA_UNREACHABLE while no broker can be reached. */
  connect(): Promise<void>
  /** Runs `work` with an admin connection that is closed again. */
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>
  /** Leaves in good order. */
  close(): Promise<void>
  /** Cuts every connection at once. */
  destroy(reason: string): void
}

export function createClient(settings: ClientSettings): Client {
  guardTimers()
  const sockets: Sockets = createSockets()
  const { requestTimeout } = settings
  const deadline = requestTimeout + 2 * CONNECTION_TIMEOUT_MS
  const kafka = new kafkajs.Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    requestTimeout,
    connectionTimeout: Math.min(CONNECTION_TIMEOUT_MS, requestTimeout),
    retry: NO_RETRIES,
    socketFactory: sockets.factory,
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    retry: NO_RETRIES,
    // Every message names its partition: what kafkajs chooses on a retry is another one (tulios/kafkajs#1303).
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition as number,
  })
  let connecting: Promise<void> | null = null
  const unreachable = (error: unknown): never => {
    const { reason, hint } = connectionFault(error)
    throw new PannierError(`no Kafka broker answers at ${settings.brokers.join(', ')}: ${reason}`, {
      code: 'KAFKA_UNREACHABLE',
      hint,
      retriable: true,
      cause: error,
    })
  }
  return {
    producer,
    connect() {
      connecting ??= withDeadline(producer.connect(), deadline, 'connecting').catch(unreachable)
      connecting.catch(() => (connecting = null))
      return connecting
    },
    async withAdmin(work) {
      const admin = kafka.admin({ retry: NO_RETRIES })
      try {
        await withDeadline(admin.connect(), deadline, 'connecting').catch(unreachable)
        return await withDeadline(work(admin), deadline, 'an admin request')
      } finally {
        await withDeadline(admin.disconnect(), CONNECTION_TIMEOUT_MS, 'disconnecting').catch(() => {})
      }
    },
    async close() {
      await withDeadline(producer.disconnect(), CONNECTION_TIMEOUT_MS, 'disconnecting').catch(() => {})
      sockets.destroy('closed')
    },
    destroy(reason) {
      sockets.destroy(reason)
      producer.disconnect().catch(() => {})
    },
  }
}
