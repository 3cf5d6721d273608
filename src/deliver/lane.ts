// Stage 6, deliver, for one partition: one batch in flight, one being filled behind it; an unknown outcome is repeated
// byte for byte before anything else goes there (law 4).

import type { Batch } from '../message/batch.ts'
import type { Clock } from '../support/clock.ts'
import type { PannierError } from '../support/errors.ts'
import { backoff } from './backoff.ts'
import type { Broker, SendOutcome } from './broker.ts'
import type { Packer } from './packer.ts'

/** Told of everything that happens to a batch. Each batch ends in exactly one `acked` or `returned`. */
export interface LaneWatcher {
  /** Whether all bytes of the batch can be read again, so that it need not be kept while Kafka refuses it. */
  canReread(batch: Batch): boolean
  acked(batch: Batch, firstOffset: number): void
  /** The batch was definitely not delivered; its bytes have to be read and cut anew. */
  returned(batch: Batch, outcome: SendOutcome): void
  /** A try failed; `reason` names the broker's answer, `fault` what is known beside it of the kind and the remedy. */
  failing(lane: Lane, reason: string, fault?: PannierError): void
  /** The pause after a failed try is over. */
  rested(lane: Lane): void
}

export interface LaneParts {
  readonly broker: Broker
  readonly clock: Clock
  readonly random: () => number
  readonly watcher: LaneWatcher
  /** Null: batches go as they were laid out. */
  readonly packer: Packer | null
}

export class Lane {
  readonly topic: string
  readonly partition: number
  /** The batch being filled. */
  open: Batch | null = null
  /** Nothing more fits `open`: its files wait until it is on its way. */
  full = false
  readonly #parts: LaneParts
  #sending: Batch | null = null
  /** With transactions: what the broker has, and nobody may see yet. Their fate is one. */
  readonly #staged = new Set<Batch>()
  /** What was staged, is not to be, and cannot be read again: sent before anything else, in order. */
  readonly #kept: Batch[] = []
  readonly #packed = new WeakSet<Batch>()
  readonly #numbers = new WeakMap<Batch, number>()
  #sent = 0
  #failures = 0
  #resting = false
  #closed = false

  constructor(topic: string, partition: number, parts: LaneParts) {
    this.topic = topic
    this.partition = partition
    this.#parts = parts
  }

  /** False while the partition makes trouble: its files wait, and hold no memory but what is in flight. */
  get healthy(): boolean {
    return this.#failures === 0 || (!this.#resting && this.#sending === null)
  }

  /** More can be wrapped for this partition now. */
  get accepts(): boolean {
    return this.healthy && !(this.full && this.#sending !== null)
  }

  get busy(): boolean {
    return this.#sending !== null
  }

  get idle(): boolean {
    return this.#sending === null && this.open === null && this.#staged.size === 0 && this.#kept.length === 0
  }

  /** Sends the batch being filled, now or when the one in flight is done. */
  flush(): void {
    if (this.#sending !== null || this.#resting || this.#closed) return
    const next = this.#kept.shift() ?? this.#takeOpen()
    if (next === null) return
    this.#sending = next
    // Not awaited by anyone: #deliver never rejects, every end of it is told to the watcher.
    void this.#deliver(this.#sending)
  }

  #takeOpen(): Batch | null {
    const { open } = this
    this.open = null
    this.full = false
    if (open !== null) this.#numbers.set(open, ++this.#sent)
    return open
  }

  /** A new configuration has lanes of its own: tries that went on here would send the same bytes a second time. */
  close(): void {
    this.#closed = true
  }

  async #deliver(batch: Batch): Promise<void> {
    let unknown = false
    // Once: what is repeated after an unknown outcome is what was sent.
    if (this.#parts.packer !== null && !batch.plain && !this.#packed.has(batch)) {
      this.#packed.add(batch)
      await this.#parts.packer.pack(batch)
    }
    if (this.#closed) return
    for (;;) {
      const outcome = await this.#parts.broker.send(batch, () => this.#stage(batch))
      if (outcome.kind === 'acked') return this.#done(batch, outcome.firstOffset)
      if (outcome.kind === 'too_large' || outcome.kind === 'invalid') return this.#giveBack(batch, outcome)
      // Of batches that share a transaction only the first one's failure counts.
      if (!this.#resting) this.#failures++
      this.#parts.watcher.failing(this, outcome.reason, outcome.fault)
      unknown ||= outcome.kind === 'unknown'
      if (!unknown && this.#canReread(batch) && this.#canReread(this.open)) return this.#giveBackAndRest(batch, outcome)
      if (!unknown && (this.#staged.has(batch) || this.#kept.length > 0)) return this.#keep(batch, outcome)
      // What was filled behind it must not wait in memory: the files on disk are the queue (law 5).
      this.#returnOpen(outcome)
      await this.#rest()
      if (this.#closed) return
    }
  }

  /** It can go no further alone: the next one goes along. */
  #stage(batch: Batch): void {
    this.#staged.add(batch)
    this.#sending = null
    this.flush()
  }

  /** It is on its way no more. */
  #landed(batch: Batch): void {
    if (!this.#staged.delete(batch) && this.#sending === batch) this.#sending = null
  }

  #done(batch: Batch, firstOffset: number): void {
    this.#failures = 0
    this.#landed(batch)
    this.#parts.watcher.acked(batch, firstOffset)
    this.flush()
  }

  #giveBack(batch: Batch, outcome: SendOutcome): void {
    this.#failures = 0
    this.#landed(batch)
    // The later batch too, so that the order holds; where that cannot be read again it stays, since order weighs less than loss.
    this.#returnOpen(outcome)
    this.#parts.watcher.returned(batch, outcome)
  }

  async #giveBackAndRest(batch: Batch, outcome: SendOutcome): Promise<void> {
    this.#resting = true
    this.#returnOpen(outcome)
    this.#landed(batch)
    this.#parts.watcher.returned(batch, outcome)
    await this.#rest()
  }

  async #keep(batch: Batch, outcome: SendOutcome): Promise<void> {
    this.#returnOpen(outcome)
    this.#landed(batch)
    this.#kept.push(batch)
    this.#kept.sort((a, b) => (this.#numbers.get(a) ?? 0) - (this.#numbers.get(b) ?? 0))
    await this.#rest()
  }

  #returnOpen(outcome: SendOutcome): void {
    const { open } = this
    if (open === null || !this.#canReread(open)) return
    this.open = null
    this.full = false
    this.#parts.watcher.returned(open, { kind: 'refused', reason: 'reason' in outcome ? outcome.reason : '' })
  }

  /** What cannot be read a second time is kept here until Kafka has it. */
  #canReread(batch: Batch | null): boolean {
    return batch === null || this.#parts.watcher.canReread(batch)
  }

  async #rest(): Promise<void> {
    this.#resting = true
    await this.#parts.clock.wait(backoff(this.#failures, this.#parts.random()))
    this.#resting = false
    this.#parts.watcher.rested(this)
  }
}
