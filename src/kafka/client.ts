// One life of a kafkajs client: connected on first use, retired when it is doubted, and cut when its last call is over.

import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs'
import type { Cluster } from 'kafkajs/src/cluster/index.js'
import type { SecurityConfig } from '../config/security-config.ts'
import { PannierError } from '../support/errors.ts'
import { createCluster } from './cluster.ts'
import { connectionFault, UNREACHABLE } from './connection-fault.ts'
import { withDeadline } from './deadline.ts'
import { guardMetadata } from './metadata-guard.ts'
import { Security } from './security/security.ts'
import { guardSessions } from './session-guard.ts'
import { createSockets, type Sockets } from './sockets.ts'
import { guardTimers } from './timer-guard.ts'

export interface ClientSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Milliseconds that one request may take. */
  readonly requestTimeout: number
  /** Without one, connections are not encrypted and nobody logs in. */
  readonly security?: SecurityConfig
}

/** So many failures of a partition in a row, and the client is built anew: it may never reconnect by itself (tulios/kafkajs#919). */
export const FAILURES_BEFORE_REBUILD = 3

/** A connection that is not there after this long is not coming. */
const LONGEST_CONNECTING_MS = 5_000
/** Our own retries are endless and backed off; kafkajs gets none, so that no request is ever sent behind our back. */
const NO_RETRIES = { retries: 0 }

/** @param security shared by the clients of an adapter: tokens, and what was refused a moment ago */
export const createClient = (settings: ClientSettings, security = new Security(settings.security)): Client =>
  new Client(settings, security)

export class Client {
  readonly #settings: ClientSettings
  readonly #security: Security
  readonly #sockets: Sockets
  readonly #kafka: Kafka
  readonly #producer: Producer
  #connecting: Promise<void> | null = null
  /** Calls of `withProducer` that are not over. */
  #calls = 0
  #retired = false

  constructor(settings: ClientSettings, security: Security) {
    guardTimers()
    guardMetadata()
    guardSessions()
    this.#settings = settings
    this.#security = security
    this.#sockets = createSockets(security)
    const { brokers, clientId, requestTimeout } = settings
    this.#kafka = new kafkajs.Kafka({
      brokers: [...brokers],
      clientId,
      requestTimeout,
      connectionTimeout: this.#connectionTimeout,
      retry: NO_RETRIES,
      socketFactory: this.#sockets.factory,
      ...(security.sasl === null ? {} : { sasl: security.sasl }),
      logLevel: kafkajs.logLevel.NOTHING,
    })
    this.#producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      retry: NO_RETRIES,
      // Every message names its partition: what kafkajs chooses on a retry is another one (tulios/kafkajs#1303).
      createPartitioner: byMessage,
    })
  }

  /** Runs `work` with a producer. Rejects with KAFKA_UNREACHABLE while no broker can be reached. */
  async withProducer<T>(work: (producer: Producer) => Promise<T>): Promise<T> {
    this.#calls++
    try {
      await this.#connect()
      return await work(this.#producer)
    } finally {
      this.#calls--
      if (this.#retired && this.#calls === 0) this.destroy('the agent gave this connection up')
    }
  }

  /** Runs `work` with an admin connection that is closed again. */
  async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#kafka.admin({ retry: NO_RETRIES })
    try {
      await this.#toAny(() => admin.connect())
      return await withDeadline(work(admin), this.#deadline, 'an admin request')
    } finally {
      await withDeadline(admin.disconnect(), this.#connectionTimeout, 'disconnecting').catch(() => {})
    }
  }

  /** A connected cluster to read from; it goes with `destroy`. Rejects with KAFKA_UNREACHABLE. */
  async cluster(): Promise<Cluster> {
    const cluster = createCluster(this.#kafka)
    await this.#toAny(() => cluster.connect())
    return cluster
  }

  /** Opens no further connection; those that are there are cut when the last call on them is over. */
  retire(): void {
    this.#retired = true
    this.#sockets.refuse()
    if (this.#calls === 0) this.destroy('the agent gave this connection up')
  }

  /** Leaves in good order. */
  async close(): Promise<void> {
    await withDeadline(this.#producer.disconnect(), this.#connectionTimeout, 'disconnecting').catch(() => {})
    this.#sockets.destroy('closed')
  }

  /** Cuts every connection at once. */
  destroy(reason: string): void {
    this.#sockets.destroy(reason)
    this.#producer.disconnect().catch(() => {})
  }

  get #connectionTimeout(): number {
    return Math.min(LONGEST_CONNECTING_MS, this.#settings.requestTimeout)
  }

  /** Of a connection with its first request, and of an admin request that may need one. */
  get #deadline(): number {
    return this.#settings.requestTimeout + 2 * this.#connectionTimeout
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#toAny(() => this.#producer.connect()).catch((error: unknown) => {
      this.#connecting = null
      throw error
    })
    return this.#connecting
  }

  /** kafkajs turns to the next broker of its list for each try. */
  async #toAny(connect: () => Promise<void>): Promise<void> {
    const { brokers } = this.#settings
    for (let left = brokers.length - 1; ; left--) {
      try {
        await this.#security.ready()
        return await withDeadline(connect(), this.#deadline, 'connecting')
      } catch (error) {
        const { code, reason, hint } = connectionFault(error, this.#security.config)
        // What is wrong on our side is so for every broker, and a login that is tried too often may be locked.
        if (left > 0 && !/^(?:SASL|SECRET)_|^TLS_FILE$/.test(code)) continue
        const where = brokers.join(', ')
        const what =
          code === UNREACHABLE ? `no Kafka broker answers at ${where}` : `no Kafka broker of ${where} can be used`
        throw new PannierError(`${what}: ${reason}`, { code, hint, retriable: true, cause: error })
      }
    }
  }
}

const byMessage =
  () =>
  ({ message }: { message: { partition?: number } }): number =>
    message.partition as number
