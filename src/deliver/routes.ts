// Where a file's messages go: topic, partition, and how large they may be. What is known of topics is kept and asked again.

import type { InputConfig } from '../config/config.ts'
import type { Clock } from '../support/clock.ts'
import { PannierError } from '../support/errors.ts'
import { backoff } from './backoff.ts'
import type { Broker, TopicFacts } from './broker.ts'
import type { Health } from './health.ts'

/** Kafka's own default for `max.message.bytes`, for when we may not ask. */
export const DEFAULT_LIMIT = 1_048_588
/** Below this no message is split further: metadata alone takes some hundred bytes. */
const SMALLEST_LIMIT = 1024
/** Partitions are added and limits raised while we run. */
const ASK_AGAIN_MS = 60_000

interface Known {
  facts: TopicFacts | null
  /** What a refusal taught; the topic's settings may say more than the broker takes. */
  learned: number
  /** The topic's limit when it was first asked after that; undefined before. */
  learnedUnder: number | null | undefined
  asking: boolean
  failures: number
  /** Monotonic milliseconds of the next question. */
  next: number
}

export interface RoutesParts {
  readonly broker: Broker
  readonly clock: Clock
  readonly random: () => number
  readonly health: Health
  /** Bytes that a batch may take of `memory_limit`. */
  readonly largestBatch: number
  /** Called when something is known that was not. */
  readonly changed: () => void
}

export class Routes {
  readonly #parts: RoutesParts
  readonly #topics = new Map<string, Known>()

  constructor(parts: RoutesParts) {
    this.#parts = parts
  }

  /** Partitions and limits of a topic, or null while the broker did not say; then it is asked in the background. */
  facts(topic: string): TopicFacts | null {
    const known = this.#known(topic)
    if (!known.asking && this.#parts.clock.monotonic() >= known.next) void this.#ask(topic, known)
    return known.facts
  }

  /** Bytes that one record batch of this input may take in this topic; null while nothing is known of it. */
  limit(input: InputConfig, topic: string): number | null {
    const facts = this.facts(topic)
    if (facts === null) return null
    const { maxMessageLength } = input.message
    const limit = maxMessageLength === 'auto' ? (facts.maxMessageBytes ?? DEFAULT_LIMIT) : maxMessageLength
    return Math.min(limit, this.#parts.largestBatch, this.#known(topic).learned)
  }

  /** The broker does not find what it had: it is asked again at once, and may create it. */
  doubt(topic: string): void {
    this.#known(topic).next = 0
    this.facts(topic)
  }

  /** The broker refused a batch of so many bytes as too large. False when it cannot be made any smaller. */
  tooLarge(topic: string, bytes: number): boolean {
    const known = this.#known(topic)
    known.learned = Math.max(SMALLEST_LIMIT, Math.min(known.learned, Math.floor(bytes / 2)))
    known.learnedUnder = undefined
    known.next = 0
    return bytes > SMALLEST_LIMIT
  }

  #known(topic: string): Known {
    let known = this.#topics.get(topic)
    if (known === undefined) {
      known = {
        facts: null,
        learned: Number.POSITIVE_INFINITY,
        learnedUnder: undefined,
        asking: false,
        failures: 0,
        next: 0,
      }
      this.#topics.set(topic, known)
    }
    return known
  }

  /** Never rejects. */
  async #ask(topic: string, known: Known): Promise<void> {
    const { broker, clock, health, random, changed } = this.#parts
    known.asking = true
    try {
      known.facts = await broker.facts(topic)
      relearn(known, known.facts.maxMessageBytes)
      known.failures = 0
      known.next = clock.monotonic() + ASK_AGAIN_MS
      health.well(topic)
    } catch (error) {
      known.failures++
      known.next = clock.monotonic() + backoff(known.failures, random())
      this.#name(topic, error, known)
    }
    known.asking = false
    changed()
  }

  #name(topic: string, error: unknown, known: Known): void {
    const fault = error instanceof PannierError ? error : null
    const message = error instanceof Error ? error.message : String(error)
    // A question that failed while files can still be shipped is no trouble of its own: the sends will tell.
    if (known.facts === null) {
      const kind = fault === null || fault.code === 'KAFKA_UNREACHABLE' ? 'unreachable' : fault.code
      this.#parts.health.failing(topic, kind, message, fault?.hint ?? null)
    }
  }
}

/** What a refusal taught holds until the topic's own limit is raised. */
function relearn(known: Known, told: number | null): void {
  if (known.learned === Number.POSITIVE_INFINITY) return
  if (known.learnedUnder === undefined) known.learnedUnder = told
  if (told === null || known.learnedUnder === null || told <= known.learnedUnder) return
  known.learned = Number.POSITIVE_INFINITY
  known.learnedUnder = undefined
}
