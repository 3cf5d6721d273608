// Where a file's messages go, and the batch being filled there: each partition has its share of the memory, no more.

import type { InputConfig } from '../config/config.ts'
import { MARK_MAX } from '../files/fingerprint.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { type Batch, newBatch } from '../message/batch.ts'
import { topicInSession } from '../message/topic-name.ts'
import type { Sessions } from '../state/session.ts'
import type { Clock } from '../support/clock.ts'
import type { SlabPool } from '../support/slabs.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { PACKING } from './packer.ts'
import type { Routes } from './routes.ts'

export interface DestinationsParts {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly pool: SlabPool
  readonly routes: Routes
  readonly sessions: Sessions
  /** Batches are compressed. */
  readonly packs: boolean
}

/** Below this a share is no help to anybody: metadata alone takes some hundred bytes. */
const SMALLEST_SHARE = 16 * 1024
/** Topics; with a file's name in each there may be as many as files. */
const KEPT = 256

export interface Destination {
  readonly topic: string
  /** Bytes that a batch may take. */
  readonly limit: number
  /** Bytes that it takes as a rule: the lane's share of the memory. */
  readonly share: number
  readonly lane: Lane
}

export class Destinations {
  readonly #parts: DestinationsParts
  #roundRobin = 0
  /** Lanes that share the memory in this round. */
  #lanes = 1
  readonly #topics = new Map<string, string>()
  /** To which `#topics` belong. */
  #session = ''

  constructor(parts: DestinationsParts) {
    this.#parts = parts
  }

  /**
   * Before a round's turns: counts the partitions that `files` go to. Each gets its share of the memory, so that those which
   * give no answer cannot take the others' (law 5).
   */
  reckon(files: Iterable<TrackedFile>): void {
    const lanes = new Set<string>()
    for (const { birth } of files) {
      const partitions = birth.partition === null ? (this.#parts.routes.facts(birth.topic)?.partitions ?? 1) : 0
      for (let partition = 0; partition < partitions; partition++) lanes.add(`${birth.topic}/${partition}`)
      if (birth.partition !== null) lanes.add(`${birth.topic}/${birth.partition}`)
    }
    this.#lanes = Math.max(lanes.size, this.#parts.lanes.held)
  }

  /** The topic in this session, found once: each file asks for it whenever something was acked. */
  #topic(template: string): string {
    const session = this.#parts.sessions.current.id
    if (session !== this.#session || this.#topics.size > KEPT) this.#topics.clear()
    this.#session = session
    const known = this.#topics.get(template)
    if (known !== undefined) return known
    const topic = topicInSession(template, session)
    this.#topics.set(template, topic)
    return topic
  }

  /** Bytes that a batch of this file's may take; null while that is not known, or its topic is no topic, of which its turn tells. */
  limit(file: TrackedFile, input: InputConfig): number | null {
    try {
      return this.#parts.routes.limit(input, this.#topic(file.birth.topic))
    } catch {
      return null
    }
  }

  /** Null while the broker has not said what it knows of the topic. Throws TOPIC_ILLEGAL. */
  of(file: TrackedFile, input: InputConfig): Destination | null {
    const { routes, lanes, pool, packs } = this.#parts
    const topic = this.#topic(file.birth.topic)
    const limit = routes.limit(input, topic)
    const partitions = routes.facts(topic)?.partitions ?? 0
    if (limit === null || partitions === 0) return null
    if (packs) pool.reserve(PACKING * limit)
    const partition = file.birth.partition ?? this.#roundRobin++ % partitions
    return { topic, limit, share: this.#share(limit), lane: lanes.lane(topic, partition) }
  }

  /** The batch being filled; a new one when there is none, null when there is no memory for it. */
  open({ topic, share: limit, lane }: Destination): Batch | null {
    const { pool, clock } = this.#parts
    if (lane.open !== null) return lane.open
    const slab = pool.acquire(limit)
    if (slab === null) return null
    lane.open = newBatch({ topic, partition: lane.partition, slab, limit, timestamp: clock.now() })
    return lane.open
  }

  /** A line that does not fit the lane's share, but may fit a message, gets a whole one while there is memory for it. */
  widen(batch: Batch, { limit, lane }: Destination): boolean {
    if (batch.records > 0 || batch.limit >= limit) return false
    const slab = this.#parts.pool.acquire(limit)
    if (slab === null) return false
    this.#parts.pool.release(batch.slab)
    lane.open = newBatch({ ...batch, slab, limit })
    return true
  }

  /** A batch that nothing was put into gives its memory back. */
  dropEmpty(lane: Lane): void {
    if (lane.open === null || lane.open.records > 0) return
    this.#parts.pool.release(lane.open.slab)
    lane.open = null
  }

  /** Nothing more fits: on its way, now or after the one in flight. */
  send(lane: Lane): void {
    lane.full = true
    lane.flush()
  }

  /** Halves of the limit, so that slabs fit each other and are used again; one share more than lanes is left to the living. */
  #share(limit: number): number {
    const fair = (this.#parts.pool.limit - limit - MARK_MAX) / (this.#lanes + 1)
    let share = limit
    while (share > fair && share > SMALLEST_SHARE) share = Math.ceil(share / 2)
    return share
  }
}
