// Sends dead letters again, one after the other, each to its own topic and partition. What is acked is taken out before the next is
// sent, so that a kill repeats one letter at most, and loses none.

import { backoff } from '../deliver/backoff.ts'
import type { Broker, SendOutcome, TopicFacts } from '../deliver/broker.ts'
import { DEFAULT_LIMIT } from '../deliver/routes.ts'
import type { Batch } from '../message/batch.ts'
import type { DeadLetter } from '../state/dead-letter.ts'
import { type LetterBox, takeOut } from '../state/dead-letter-box.ts'
import type { StateFolder } from '../state/folder.ts'
import type { Clock } from '../support/clock.ts'
import { readable } from '../support/errors.ts'
import type { Letter } from './letters.ts'
import { messagesFor, type Place } from './messages.ts'

export interface ReplayParts {
  readonly box: Pick<LetterBox, 'read'>
  readonly folder: StateFolder
  readonly broker: Broker
  readonly clock: Clock
  readonly random: () => number
  /** Where messages of a file go, for letters that do not say so. */
  readonly birthOf: (fileId: string) => Place | null
}

export type Fate =
  | {
      readonly letter: Letter
      readonly kind: 'sent'
      readonly topic: string
      readonly partition: number
      readonly offset: number
    }
  | { readonly letter: Letter; readonly kind: 'stays'; readonly reason: string }

/** Of one letter, when the answer is that it may be taken later, or nobody knows. */
const TRIES = 5

export class Replay {
  readonly #parts: ReplayParts
  readonly #facts = new Map<string, TopicFacts | string>()

  constructor(parts: ReplayParts) {
    this.#parts = parts
  }

  /** Rejects with a PannierError where the state cannot be read or written; then what was not told of may have been sent. */
  async send(letter: Letter): Promise<Fate> {
    const stays = (reason: string): Fate => ({ letter, kind: 'stays', reason })
    if (!letter.whole) return stays('its line is not all here yet')
    const { box, folder, clock, birthOf } = this.#parts
    const facts = await this.#factsFor(letter, birthOf(letter.head.file_id))
    if (typeof facts === 'string') return stays(facts)
    const parts: DeadLetter[] = []
    for (const part of letter.parts) parts.push(await box.read(part))
    const ready = messagesFor(parts, birthOf(letter.head.file_id))
    if ('stays' in ready) return stays(ready.stays)
    const { topic, partition } = ready.place
    const known = await this.#ask(topic)
    if (typeof known === 'string') return stays(known)
    if (partition === null || partition >= known.partitions)
      return stays(`topic "${topic}" has no partition ${partition ?? '?'} now`)
    const batch = ready.batch(known.maxMessageBytes ?? DEFAULT_LIMIT, clock.now())
    if ('stays' in batch) return stays(batch.stays)
    const outcome = await this.#deliver(batch)
    if (outcome.kind !== 'acked') return stays(reasonOf(outcome))
    await takeOut(
      folder,
      letter.all.map(({ head }) => head),
      clock.now(),
    )
    return { letter, kind: 'sent', topic, partition, offset: outcome.firstOffset }
  }

  /** A line that is too long by far is not read into memory. */
  async #factsFor({ head, length }: Letter, birth: Place | null): Promise<TopicFacts | string | null> {
    const topic = head.topic ?? birth?.topic
    if (topic === undefined || head.topic === undefined) return null
    const facts = await this.#ask(topic)
    if (typeof facts === 'string' || head.line === undefined) return facts
    const limit = facts.maxMessageBytes ?? DEFAULT_LIMIT
    return length < limit ? facts : `it needs more than ${length} bytes, and the topic takes ${limit}`
  }

  async #ask(topic: string): Promise<TopicFacts | string> {
    const known = this.#facts.get(topic)
    if (known !== undefined) return known
    const facts = await this.#parts.broker.facts(topic).catch(readable)
    this.#facts.set(topic, facts)
    return facts
  }

  /** The same bytes each time (law 4). */
  async #deliver(batch: Batch): Promise<SendOutcome> {
    const { broker, clock, random } = this.#parts
    for (let tries = 1; ; tries++) {
      const outcome = await broker.send(batch)
      const isOver = outcome.kind !== 'refused' && outcome.kind !== 'unknown'
      if (isOver || tries === TRIES) return outcome
      await clock.wait(backoff(tries, random()))
    }
  }
}

const reasonOf = (outcome: Exclude<SendOutcome, { kind: 'acked' }>): string =>
  outcome.kind === 'unknown' ? `no answer came, and it may be in Kafka: ${outcome.reason}` : outcome.reason
