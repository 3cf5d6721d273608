// One file's turn: read what is new, cut it, wrap it, hand it to its lane; bounded in bytes, so that no file starves another.

import { Charsets } from './charsets.ts'
import { type InputConfig, inputNamed } from './config/config.ts'
import { Cutting, type CuttingParts, endOf } from './cutting.ts'
import type { Destination } from './deliver/destinations.ts'
import { MARK_MAX } from './files/fingerprint.ts'
import { GzipFile } from './files/gzip-file.ts'
import type { Handles } from './files/handles.ts'
import { type Hole, passHole, soughtHole } from './files/hole.ts'
import { advance, readWindow, type Window } from './files/read.ts'
import { isStalled, stall } from './files/stalled.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { noteTrouble } from './files/trouble.ts'
import type { Tail } from './lines/chunk.ts'
import type { Patience } from './lines/patience.ts'
import type { Clock } from './support/clock.ts'
import { readable } from './support/errors.ts'
import { collectGarbage } from './support/heap.ts'
import type { Slab, SlabPool } from './support/slabs.ts'

export interface TurnParts extends Omit<CuttingParts, 'charsets'> {
  readonly clock: Clock
  readonly handles: Handles
  readonly pool: SlabPool
}

/** `changed`: the bytes are not this file's any more; it has to be identified anew. */
export type TurnResult = 'progress' | 'nothing' | 'changed'

export class Turns {
  readonly #parts: TurnParts
  readonly #cutting: Cutting
  /** One for all reads, since only one is under way at a time. */
  #source: Slab | null = null
  readonly #charsets = new Charsets()

  constructor(parts: TurnParts) {
    this.#parts = parts
    this.#cutting = new Cutting({ ...parts, charsets: this.#charsets })
  }

  /** @param tail how much of the file's end is shipped */
  async take(file: TrackedFile, tail: Patience): Promise<TurnResult> {
    const input = this.inputOf(file)
    if (this.#parts.burials.isAwaited(file)) return 'nothing'
    if (this.#parts.burials.isHeld(file, this.#parts.clock.monotonic())) {
      file.blocked = true
      return 'nothing'
    }
    const route = this.#destination(file, input)
    const hole = soughtHole(file)
    if (route === null || (hole === null && !route.lane.accepts)) return 'nothing'
    const source = this.#sourceFor(route.limit)
    if (source === null) return 'nothing'
    if (hole !== null) {
      hole.unit = input.charset.startsWith('utf-16') ? 2 : 1
      return this.#pass(file, hole, source, tail)
    }
    let moved = false
    for (let budget = budgetOf(input); budget > 0 && hasMore(file, tail); ) {
      const window = await this.#read(file, input, source)
      if (window === null) return moved ? 'progress' : 'nothing'
      if (window === 'changed') return 'changed'
      if (window === 'far') return 'progress'
      const taken = this.#cutAll(file, input, window, tail, budget)
      if (taken === 0) break
      moved = true
      budget -= taken
    }
    return moved ? 'progress' : 'nothing'
  }

  /** At the end of a round: where nothing is on its way, the memory for reading is not held either. */
  rest(): void {
    const { pool, clock } = this.#parts
    if (this.#source !== null && pool.used === this.#source.bytes.length) {
      pool.release(this.#source)
      this.#source = null
    }
    if (pool.age(clock.monotonic())) collectGarbage()
  }

  inputOf(file: TrackedFile): InputConfig {
    return inputNamed(this.#parts.config().inputs, file.birth.input)
  }

  #destination(file: TrackedFile, input: InputConfig): Destination | null {
    try {
      return this.#parts.destinations.of(file, input)
    } catch (error) {
      this.#trouble(file, 'file_unwrappable', readable(error))
      return null
    }
  }

  #sourceFor(limit: number): Slab | null {
    if (this.#source !== null && this.#source.bytes.length >= limit + MARK_MAX) return this.#source
    if (this.#source !== null) this.#parts.pool.release(this.#source)
    this.#source = this.#parts.pool.acquire(limit + MARK_MAX)
    return this.#source
  }

  /** Also while Kafka takes nothing: what a second truncation would take must be known for what it is. */
  async #pass(file: TrackedFile, hole: Hole, { bytes }: Slab, tail: Patience): Promise<TurnResult> {
    const { handles, emit, sessions } = this.#parts
    try {
      const handle = await handles.of(file)
      if (handle === null) return 'nothing'
      const scan = await passHole(file, hole, handle, bytes, sessions.current.id)
      if (scan === 'changed') return 'changed'
      if (typeof scan === 'number' && scan > 0) emit({ name: 'file_hole', file, bytes: scan })
      if (scan === 'none' || (scan === 'wait' && tail === 'partial')) file.hole = null
      else if (scan === 'wait') {
        if (hole.scanned === file.size) stall(file, tail)
        return 'nothing'
      }
      return 'progress'
    } catch (error) {
      this.#trouble(file, 'file_unread', readable(error))
      return 'nothing'
    }
  }

  /** far: it is on its way to the cursor, inside of a compressed file. */
  async #read(file: TrackedFile, input: InputConfig, source: Slab): Promise<Window | 'changed' | 'far' | null> {
    const { handles, clock } = this.#parts
    const { offset, mark } = file.cursor
    try {
      const handle = await handles.of(file)
      // Renamed since it was last seen: the next round knows where to.
      if (handle === null) return null
      if (handle instanceof GzipFile && !(await handle.seek(offset - mark.length))) return 'far'
      const known = this.#charsets.known(input.charset, file)
      const charset = known ?? (await this.#charsets.ask(input.charset, file, handle))
      const window = await readWindow(file, handle, source, clock.now(), charset)
      // A batch came back while we read: its bytes come first.
      return window !== 'changed' && file.cursor.offset !== offset ? null : window
    } catch (error) {
      this.#trouble(file, 'file_unread', readable(error))
      return null
    }
  }

  /** Makes chunks of the window until its end, the budget's, or the lane's. Returns the bytes taken. */
  #cutAll(file: TrackedFile, input: InputConfig, first: Window, tail: Patience, budget: number): number {
    let window = first
    let taken = 0
    while (taken < budget && window.start < window.end) {
      const route = this.#destination(file, input)
      if (route === null || !route.lane.accepts) break
      const bytes = this.#cutting.next(file, input, window, route, tailOf(file, window, tail))
      if (bytes === 0) break
      taken += bytes
      window = advance(window, file.cursor)
    }
    return taken
  }

  #trouble(file: TrackedFile, name: 'file_unwrappable' | 'file_unread', reason: string): void {
    if (noteTrouble(file, reason)) this.#parts.emit({ name, file, reason })
    file.blocked = true
  }
}

/** With a rate limit no more than a second's worth at a time, or what one message takes. */
const budgetOf = ({ readBytesPerTurn, message: { rateLimit } }: InputConfig): number =>
  rateLimit > 0 ? Math.min(readBytesPerTurn, rateLimit) : readBytesPerTurn

/** Unread bytes that are not known to be an unfinished line that waits. */
const hasMore = (file: TrackedFile, tail: Patience): boolean => file.size > file.cursor.offset && !isStalled(file, tail)

/** Behind the window's end lie bytes that were read before: nothing is to wait for. */
function tailOf(file: TrackedFile, window: Window, tail: Patience): Tail {
  const end = endOf(window)
  if (end >= file.readLimit) return 'part'
  if (end >= file.size) return tail
  return window.isFull ? 'more' : 'wait'
}
