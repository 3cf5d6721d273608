// Exactly once: the Broker port over transactions. What the lanes send, and the checkpoint that it makes true, become visible together
// or not at all; a batch counts as acked when its transaction is committed, and as refused when it was aborted.

import type { Batch } from '../message/batch.ts'
import { type Clock, Interrupt } from '../support/clock.ts'
import { PannierError, readable } from '../support/errors.ts'
import { backoff } from './backoff.ts'
import type { Broker, SendOutcome, TopicFacts } from './broker.ts'
import { type Health, kindOf } from './health.ts'
import { OneTransaction, type Post, type Waiting } from './one-transaction.ts'
import {
  type KeyedRecord,
  type Page,
  SEAL,
  type Seal,
  type TransactionBooks,
  type TransactionPort,
} from './transaction.ts'

export interface TransactionsParts {
  readonly port: TransactionPort
  readonly clock: Clock
  readonly random: () => number
  readonly health: Health
  readonly transactionalId: string
  /** Random, of this start alone. */
  readonly owner: string
  readonly host: string
  readonly pid: number
  /** Another agent has the transactional id now: nothing is sent any more. */
  readonly lost: (to: Seal) => void
}

/** Who is put out waits for so long before it asks who did it: the other has to be able to sign first. Milliseconds. */
const AFTER_FENCE = 1_000
const FENCED = /^(INVALID_PRODUCER_EPOCH|PRODUCER_FENCED|INVALID_PRODUCER_ID_MAPPING)/

type Fate = 'committed' | 'aborted' | 'lost'

export class Transactions implements Broker {
  readonly #parts: TransactionsParts
  readonly #since: string
  readonly #queue: Waiting[] = []
  #books: TransactionBooks | null = null
  /** Of the last transaction that is known to be committed. */
  #number = 0
  /** Transactions in a row that were aborted. */
  #aborted = 0
  #running = false
  #over = false
  #pause = new Interrupt()

  constructor(parts: TransactionsParts) {
    this.#parts = parts
    this.#since = new Date(parts.clock.now()).toISOString()
  }

  /**
   * Becomes the one agent with its transactional id, and returns what the last one left; null when `stop` came first. An empty map: there
   * never was one. Waits for Kafka as long as it takes.
   */
  async open(stop: AbortSignal): Promise<ReadonlyMap<string, string> | null> {
    const hurry = (): void => this.#pause.come()
    stop.addEventListener('abort', hurry, { once: true })
    const records = await this.#takeOver(stop)
    stop.removeEventListener('abort', hurry)
    return records
  }

  async #takeOver(stop: AbortSignal): Promise<ReadonlyMap<string, string> | null> {
    for (let failures = 1; !stop.aborted && !this.#over; failures++) {
      try {
        const records = new Map<string, string>()
        await this.#parts.port.take(records)
        // Signed at once: whoever was put out learns by whom.
        await this.#parts.port.write([this.#seal(1)])
        await this.#parts.port.commit()
        this.#number = 1
        this.#well()
        return records
      } catch (error) {
        await this.#failed(error, failures)
      }
    }
    return null
  }

  /** Of the agent that sends from now on. */
  keepBooks(books: TransactionBooks): void {
    this.#books = books
    this.wake()
  }

  /** Nothing is under way, and nothing waits to be written. */
  get isIdle(): boolean {
    return this.#over || (!this.#running && !this.#hasWork)
  }

  /** There may be something to write. */
  wake(): void {
    if (this.#running || this.#over || !this.#hasWork) return
    this.#running = true
    // Not awaited by anyone: #run never rejects, and every batch is told its end.
    void this.#run()
  }

  facts(topic: string): Promise<TopicFacts> {
    return this.#parts.port.facts(topic)
  }

  send(batch: Batch, staged: () => void = () => {}): Promise<SendOutcome> {
    return this.#enqueue(batch, staged)
  }

  async publish(topic: string, key: string, value: Buffer): Promise<void> {
    // What is wrong with the topic must not stop the transactions of all others.
    await this.facts(topic)
    const outcome = await this.#enqueue({ topic, key, value })
    if (outcome.kind === 'acked') return
    throw new PannierError(`publishing to "${topic}": ${outcome.reason}`, { code: 'KAFKA_PUBLISH', retriable: true })
  }

  async close(): Promise<void> {
    this.#over = true
    this.#pause.come()
    await this.#parts.port.close()
  }

  get #hasWork(): boolean {
    return this.#queue.length > 0 || this.#books?.hasNews === true
  }

  #enqueue(what: Batch | Post, staged = (): void => {}): Promise<SendOutcome> {
    return new Promise((end) => {
      this.#queue.push({ what, staged, end })
      this.wake()
    })
  }

  async #run(): Promise<void> {
    // What other lanes send in the same moment goes along.
    await Promise.resolve()
    while (this.#hasWork && !this.#over) await this.#transact()
    this.#running = false
    this.#books?.ring()
  }

  /** One transaction, from the first batch to its certain end. Never rejects. */
  async #transact(): Promise<void> {
    const books = this.#books as TransactionBooks
    const one = new OneTransaction(this.#parts.port)
    let doubt = await one.fill(this.#queue)
    const page = books.page(one.produced)
    doubt ??= one.lacks(page) ?? (await this.#end(page, one))
    const fate = doubt === null ? 'committed' : await this.#find(doubt)
    if (fate === 'lost') return
    const isCommitted = fate === 'committed'
    if (isCommitted && !one.isEmpty(page)) this.#number++
    if (isCommitted) page.committed()
    else page.aborted()
    one.end(isCommitted ? null : `${doubt}; the transaction was aborted`)
    this.#aborted = isCommitted ? 0 : this.#aborted + 1
    if (!isCommitted) await this.#rest(backoff(this.#aborted, this.#parts.random()))
  }

  /** Null when it is committed for sure; else why that is not known. */
  async #end(page: Page, one: OneTransaction): Promise<string | null> {
    if (one.isEmpty(page)) return null
    const { port } = this.#parts
    try {
      await port.write([...page.records, this.#seal(this.#number + 1)])
      await port.commit()
      return null
    } catch (error) {
      return readable(error)
    }
  }

  /** A transaction whose end nobody knows is asked for where it would have left its seal, once nothing of it can follow any more. */
  async #find(doubt: string): Promise<Fate> {
    const { port, owner } = this.#parts
    let fenced = FENCED.test(doubt)
    for (let failures = 1; !this.#over; failures++) {
      try {
        if (fenced) await this.#rest(AFTER_FENCE)
        const seal = (fenced ? this.#others(await port.peek()) : null) ?? (await port.take(null))
        if (seal === null || seal.owner !== owner) return this.#lose(seal)
        this.#well()
        if (seal.number === this.#number + 1) return 'committed'
        if (seal.number === this.#number) return 'aborted'
        throw new PannierError(
          `the checkpoint topic ends with transaction ${seal.number} where ${this.#number} was committed`,
          { code: 'CHECKPOINT_TOPIC', retriable: true },
        )
      } catch (error) {
        await this.#failed(error, failures)
        fenced = FENCED.test(readable(error))
      }
    }
    return 'lost'
  }

  #others(seal: Seal | null): Seal | null {
    return seal === null || seal.owner === this.#parts.owner ? null : seal
  }

  #lose(to: Seal | null): Fate {
    this.#over = true
    this.#parts.lost(to ?? { owner: '', number: 0, host: 'unknown', pid: 0, since: 'unknown' })
    return 'lost'
  }

  #seal(number: number): KeyedRecord {
    const { owner, host, pid } = this.#parts
    const seal: Seal = { owner, number, host, pid, since: this.#since }
    return { key: SEAL, value: JSON.stringify({ v: 1, ...seal }) }
  }

  async #failed(error: unknown, failures: number): Promise<void> {
    const { health, random, transactionalId } = this.#parts
    // A format that is not known will not be by waiting.
    if (error instanceof PannierError && !error.retriable) throw error
    const reason = readable(error)
    const hint = error instanceof PannierError ? error.hint : null
    health.failing(`transactional id ${transactionalId}`, kindOf(reason), reason, hint)
    await this.#rest(backoff(failures, random()))
  }

  /** Until `ms` are over, or there is nothing more to wait for. */
  async #rest(ms: number): Promise<void> {
    if (!this.#over) await this.#parts.clock.wait(ms, this.#pause)
  }

  #well(): void {
    this.#parts.health.well(`transactional id ${this.#parts.transactionalId}`)
  }
}
