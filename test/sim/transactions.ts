// A simulated Kafka with transactions, as a reader of committed records sees it: what a transaction holds comes into the log when it is
// committed, all at once, and what is open when the id is taken anew never does.

import type { SendOutcome, TopicFacts } from '../../src/deliver/broker.ts'
import { type KeyedRecord, SEAL, type Seal, type TransactionPort } from '../../src/deliver/transaction.ts'
import { BATCH_HEAD, type Batch } from '../../src/message/batch.ts'
import { PannierError } from '../../src/support/errors.ts'
import type { DecodedMessage } from '../../tools/oracle/source-bytes.ts'
import { decoded, isPoisoned, type SimBroker } from './broker.ts'
import { type Kernel, type Life, never } from './kernel.ts'
import type { Ledger } from './oracle/ledger.ts'

interface Open {
  readonly epoch: number
  readonly messages: { readonly topic: string; readonly partition: number; readonly all: readonly DecodedMessage[] }[]
  readonly records: KeyedRecord[]
  readonly posts: { readonly key: string; readonly value: Buffer }[]
}

export class SimTransactions {
  /** What the checkpoint topic holds. */
  readonly records = new Map<string, string>()
  readonly #kernel: Kernel
  readonly #broker: SimBroker
  readonly #ledger: Ledger
  /** Of the producer that may send. */
  #epoch = 0
  #open: Open | null = null
  /** A commit was asked for, and not answered. */
  #ending: Open | null = null
  /** Partitions with a batch on its way. */
  readonly #busy = new Set<string>()

  constructor(kernel: Kernel, broker: SimBroker, ledger: Ledger) {
    this.#kernel = kernel
    this.#broker = broker
    this.#ledger = ledger
  }

  /** The agent is gone; the commit that it had asked for may still come. */
  crash(): void {
    if (this.#ending !== null && this.#kernel.random.chance(0.5)) this.#commit(this.#ending)
    this.#ending = null
    this.#busy.clear()
  }

  connect(life: Life): TransactionPort {
    let epoch = -1
    const ask = async <T>(effect: () => T): Promise<T> => {
      await this.#kernel.clock.sleep(this.#kernel.random.between(0, 40))
      await this.#kernel.point(life)
      return life.alive ? effect() : never()
    }
    return {
      facts: (topic) => this.#facts(life, topic),
      take: (into) =>
        ask(() => {
          this.#mayFail()
          epoch = ++this.#epoch
          // It had been asked for: whoever asks again is answered when it is over.
          if (this.#ending !== null && this.#kernel.random.chance(0.5)) this.#commit(this.#ending)
          this.#ending = null
          this.#open = null
          this.#kernel.note(`take ${epoch}`)
          for (const [key, value] of this.records) if (key !== SEAL) into?.set(key, value)
          return this.#seal()
        }),
      peek: () => ask(() => this.#seal()),
      produce: (batch) => this.#produce(life, batch, () => epoch),
      post: async (_topic, key, value) =>
        ask(() => {
          if (this.#isOut(epoch)) return { kind: 'unknown', reason: 'INVALID_PRODUCER_EPOCH: told so' }
          this.#within(epoch).posts.push({ key, value })
          return { kind: 'acked', firstOffset: 0 }
        }),
      write: (records) =>
        ask(() => {
          const all = [...records]
          const isTaken = !this.#isOut(epoch)
          if (isTaken && this.#kernel.random.chance(0.7)) this.#within(epoch).records.push(...all)
          else this.#mayFail()
          if (!isTaken) throw told('INVALID_PRODUCER_EPOCH: told so')
          const { records: written } = this.#within(epoch)
          if (!all.every((one) => written.includes(one))) written.push(...all)
        }),
      commit: async () => {
        if (!life.alive) await never()
        const open = this.#within(epoch)
        if (!this.#isOut(epoch)) this.#ending = open
        await ask(() => {
          if (this.#isOut(epoch)) throw told('INVALID_PRODUCER_EPOCH: told so')
          const { random } = this.#kernel
          const isLost = random.chance(this.#broker.lostAck)
          // The request is obeyed now, or it is lost, or it will be obeyed later.
          const when = isLost ? random.pick(['now', 'never', 'later']) : 'now'
          if (when === 'now') this.#commit(open)
          if (when === 'never') this.#ending = null
          if (isLost) throw told('REQUEST_TIMED_OUT: told so')
        })
      },
      close: async () => {},
    }
  }

  async #facts(life: Life, topic: string): Promise<TopicFacts> {
    return this.#broker.connect(life).facts(topic)
  }

  async #produce(life: Life, batch: Batch, epochNow: () => number): Promise<SendOutcome> {
    const { random, clock } = this.#kernel
    const lane = `${batch.topic}/${batch.partition}`
    const epoch = epochNow()
    if (!life.alive) return never()
    if (this.#busy.has(lane)) this.#kernel.fail('law 4', `two sends in flight to ${lane}`)
    if (batch.end > batch.limit) this.#kernel.fail('size', `a batch of ${batch.end} bytes for ${batch.limit}`)
    this.#busy.add(lane)
    const bytes = Buffer.from(batch.slab.bytes.subarray(BATCH_HEAD, batch.end))
    const weather = this.#broker.weather[batch.partition] ?? 'fair'
    await clock.sleep(weather === 'slow' ? random.between(500, 3_000) : random.between(0, 60))
    await this.#kernel.point(life)
    if (!life.alive) return never()
    this.#busy.delete(lane)
    if (!bytes.equals(batch.slab.bytes.subarray(BATCH_HEAD, batch.end)))
      this.#kernel.fail('law 5', `the bytes of a batch to ${lane} changed while it was in flight`)
    const outcome = this.#judge(batch, epoch)
    const first = batch.chunks[0]
    this.#kernel.note(
      `${outcome.kind} ${lane} ${batch.end} bytes ${first?.file.id.slice(0, 4)}@${first?.before.offset}`,
    )
    if (outcome.kind === 'invalid' || outcome.kind === 'too_large') this.#ledger.refused(batch)
    return outcome
  }

  #judge(batch: Batch, epoch: number): SendOutcome {
    const { random } = this.#kernel
    const { weather, limit, invalid, lostAck } = this.#broker
    const here = weather[batch.partition] ?? 'fair'
    // The coordinator lost patience with a transaction, and gave its producer another epoch.
    if (random.chance(lostAck / 4)) this.#epoch++
    if (this.#isOut(epoch)) return { kind: 'unknown', reason: 'INVALID_PRODUCER_EPOCH: told so' }
    if (here === 'refuse') return { kind: 'refused', reason: 'LEADER_NOT_AVAILABLE: told so' }
    if (batch.end > limit) return { kind: 'too_large', reason: 'MESSAGE_TOO_LARGE: told so' }
    if (isPoisoned(batch) || random.chance(invalid)) return { kind: 'invalid', reason: 'INVALID_RECORD: told so' }
    const isSilent = here === 'silent' || random.chance(lostAck)
    if (isSilent && random.chance(0.5)) return { kind: 'unknown', reason: 'REQUEST_TIMED_OUT: told so' }
    const { messages } = this.#within(epoch)
    const { topic, partition } = batch
    let firstOffset = this.#ledger.log.get(`${topic}/${partition}`)?.length ?? 0
    for (const one of messages) if (one.topic === topic && one.partition === partition) firstOffset += one.all.length
    messages.push({ topic, partition, all: decoded(batch) })
    return isSilent ? { kind: 'unknown', reason: 'the ack was lost' } : { kind: 'acked', firstOffset }
  }

  #isOut(epoch: number): boolean {
    return epoch !== this.#epoch
  }

  #within(epoch: number): Open {
    if (this.#open === null || this.#open.epoch !== epoch) this.#open = { epoch, messages: [], records: [], posts: [] }
    return this.#open
  }

  #mayFail(): void {
    if (this.#kernel.random.chance(this.#broker.factsFault)) throw told('the broker is away')
  }

  #seal(): Seal | null {
    const seal = this.records.get(SEAL)
    return seal === undefined ? null : (JSON.parse(seal) as Seal)
  }

  #commit({ messages, records, posts }: Open): void {
    this.#open = null
    this.#ending = null
    this.#kernel.note(`committed ${messages.length} batches, ${records.length} records`)
    for (const { key, value } of records)
      if (value === null) this.records.delete(key)
      else this.records.set(key, value)
    for (const { key, value } of posts) this.#broker.published.set(key, value)
    for (const { topic, partition, all } of messages) this.#ledger.append(topic, partition, all)
  }
}

const told = (message: string): PannierError =>
  new PannierError(message, { code: 'KAFKA_TRANSACTION', retriable: true })
