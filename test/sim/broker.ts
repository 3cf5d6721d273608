// A simulated Kafka: partitions with logs, latencies, and all the ways in which an answer can be wrong, late or missing.

import type { Broker, SendOutcome, TopicFacts } from '../../src/deliver/broker.ts'
import { BATCH_HEAD, type Batch } from '../../src/message/batch.ts'
import { messagesOf } from '../../src/message/unpack.ts'
import { PannierError } from '../../src/support/errors.ts'
import { type DecodedMessage, decodeMessage } from '../../tools/oracle/source-bytes.ts'
import type { Timer } from './clock.ts'
import { type Kernel, type Life, never } from './kernel.ts'
import type { Ledger } from './oracle/ledger.ts'
import { unpacked } from './packer.ts'
import { POISON } from './text.ts'

/** `refuse`: the leader changes. `silent`: answers are lost. `slow`: they take seconds. */
export type Weather = 'fair' | 'refuse' | 'silent' | 'slow'

interface Flight {
  readonly batch: Batch
  readonly records: Buffer
  readonly life: Life
  timer: Timer
}

export class SimBroker {
  partitions: number
  /** What the topic takes in bytes, and whether we may ask. */
  limit: number
  tellsLimit = true
  /** How likely an answer about the topic fails, a record is refused, an ack is lost. */
  factsFault = 0
  invalid = 0
  lostAck = 0
  readonly weather: Weather[] = []
  readonly published = new Map<string, Buffer>()
  readonly #kernel: Kernel
  readonly #ledger: Ledger
  readonly #flights = new Set<Flight>()
  /** Records of batches whose fate nobody knows, by partition. */
  #unknown = new Map<string, Buffer>()

  constructor(kernel: Kernel, ledger: Ledger, partitions: number, limit: number) {
    this.#kernel = kernel
    this.#ledger = ledger
    this.partitions = partitions
    this.limit = limit
  }

  connect(life: Life): Broker {
    this.#unknown = new Map()
    return {
      facts: () => this.#facts(life),
      send: (batch) => this.#send(life, batch),
      publish: (_topic, key, value) => this.#publish(life, key, value),
      close: async () => {},
    }
  }

  /** The agent is gone; what it had sent may still arrive. */
  crash(): void {
    for (const { batch, timer } of this.#flights) {
      timer.cancelled = true
      const isGood = batch.end <= this.limit && !isPoisoned(batch)
      if (isGood && this.#kernel.random.chance(0.5)) this.#append(batch)
    }
    this.#flights.clear()
  }

  async #facts(life: Life): Promise<TopicFacts> {
    await this.#kernel.clock.sleep(this.#kernel.random.between(0, 20))
    await this.#kernel.point(life)
    if (this.#kernel.random.chance(this.factsFault))
      throw new PannierError('told so', { code: 'KAFKA_UNREACHABLE', retriable: true })
    return { partitions: this.partitions, maxMessageBytes: this.tellsLimit ? this.limit : null }
  }

  async #publish(life: Life, key: string, value: Buffer): Promise<void> {
    await this.#kernel.clock.sleep(this.#kernel.random.between(0, 300))
    await this.#kernel.point(life)
    if (this.#kernel.random.chance(this.factsFault)) throw new PannierError('told so', { code: 'KAFKA_UNREACHABLE' })
    this.published.set(key, value)
  }

  #send(life: Life, batch: Batch): Promise<SendOutcome> {
    if (!life.alive) return never()
    const { random, clock } = this.#kernel
    const lane = `${batch.topic}/${batch.partition}`
    const records = Buffer.from(batch.slab.bytes.subarray(BATCH_HEAD, batch.end))
    this.#checkSend(lane, batch, records)
    const slow = this.weather[batch.partition] === 'slow'
    const latency = slow ? random.between(500, 8_000) : random.between(0, 40) * random.next()
    return new Promise((resolve) => {
      const flight: Flight = {
        batch,
        records,
        life,
        timer: clock.after(latency, () => {
          this.#flights.delete(flight)
          resolve(this.#answer(lane, flight))
        }),
      }
      this.#flights.add(flight)
    })
  }

  #checkSend(lane: string, batch: Batch, records: Buffer): void {
    const { partition, topic, end, limit } = batch
    for (const other of this.#flights)
      if (other.batch.partition === partition && other.batch.topic === topic)
        this.#kernel.fail('law 4', `two sends in flight to ${lane}`)
    if (partition >= this.partitions) this.#kernel.fail('partitions', `${lane} does not exist`)
    if (end > limit) this.#kernel.fail('size', `a batch of ${end} bytes was made for a limit of ${limit}`)
    const before = this.#unknown.get(lane)
    if (before !== undefined && !before.equals(records))
      this.#kernel.fail('law 4', `other bytes were sent to ${lane} after a send of unknown outcome`)
  }

  #answer(lane: string, { batch, records }: Flight): SendOutcome {
    if (!records.equals(batch.slab.bytes.subarray(BATCH_HEAD, batch.end)))
      this.#kernel.fail('law 5', `the bytes of a batch to ${lane} changed while it was in flight`)
    const outcome = this.#judge(batch)
    const first = batch.chunks[0]
    this.#kernel.note(
      `${outcome.kind} ${lane} ${batch.end} bytes ${first?.file.id.slice(0, 4)}@${first?.before.offset}`,
    )
    if (outcome.kind === 'invalid' || outcome.kind === 'too_large') this.#ledger.refused(batch)
    if (outcome.kind === 'unknown') this.#unknown.set(lane, records)
    // A refusal of a repeated send says nothing of the first one.
    else if (outcome.kind !== 'refused') this.#unknown.delete(lane)
    return outcome
  }

  #judge(batch: Batch): SendOutcome {
    const { random } = this.#kernel
    const weather = this.weather[batch.partition] ?? 'fair'
    if (weather === 'refuse') return { kind: 'refused', reason: 'NOT_LEADER_FOR_PARTITION: told so' }
    const tooLarge = batch.end > this.limit
    const invalid = isPoisoned(batch) || random.chance(this.invalid)
    const silent = weather === 'silent' || random.chance(this.lostAck)
    if (silent && (tooLarge || invalid || random.chance(0.5)))
      return { kind: 'unknown', reason: 'REQUEST_TIMED_OUT: told so' }
    if (tooLarge) return { kind: 'too_large', reason: 'MESSAGE_TOO_LARGE: told so' }
    if (invalid) return { kind: 'invalid', reason: 'INVALID_RECORD: told so' }
    const firstOffset = this.#append(batch)
    if (!silent) return { kind: 'acked', firstOffset }
    this.#ledger.mayComeAgain(batch)
    return { kind: 'unknown', reason: 'the ack was lost' }
  }

  #append(batch: Batch): number {
    const { topic, partition } = batch
    const messages = decoded(batch)
    if (messages.length !== batch.records)
      this.#kernel.fail('size', `the batch counts ${batch.records} records and holds ${messages.length}`)
    return this.#ledger.append(topic, partition, messages)
  }
}

export function isPoisoned(batch: Batch): boolean {
  const { slab, end } = unpacked(batch)
  return slab.bytes.subarray(BATCH_HEAD, end).includes(POISON)
}

export const decoded = (batch: Batch): DecodedMessage[] =>
  messagesOf(unpacked(batch)).map(({ value, headers }) => {
    const text = Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]))
    return decodeMessage({ value, headers: text })
  })
