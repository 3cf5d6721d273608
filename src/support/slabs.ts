// Memory for bytes on their way, bounded by `memory_limit`: reused buffers instead of garbage outside V8's heap (law 5).

export interface Slab {
  readonly bytes: Buffer
}

/** Milliseconds after which a slab that nobody needed is given back. */
const KEPT_MS = 60_000
/** Below this it is not worth a collection: a line now and then needs two slabs. */
const MUCH = 4 * 1024 * 1024

interface Free {
  readonly slab: Slab
  /** Monotonic milliseconds of the round in which it was used last. */
  readonly since: number
}

export class SlabPool {
  readonly #limit: number
  /** Threads other than this one work in them. */
  readonly #shared: boolean
  #reserved = 0
  /** In the order in which they were released. */
  readonly #free: Free[] = []
  #now = 0
  /** Bytes that were given back since that was told. */
  #given = 0
  #allocated = 0
  #used = 0

  /** @param limit bytes that all slabs, and what is reserved, may take */
  constructor(limit: number, shared = false) {
    this.#limit = limit
    this.#shared = shared
  }

  /** Bytes that all slabs together may take. */
  get limit(): number {
    return this.#limit - this.#reserved
  }

  /** Bytes of the limit that others need for the same bytes: the most that was asked for so far. */
  reserve(bytes: number): void {
    if (bytes > this.#reserved) this.#reserved = bytes
  }

  /** Bytes in slabs that are lent out now. */
  get used(): number {
    return this.#used
  }

  /** A slab of at least `size` bytes, or null while the limit is reached. Its content is undefined. */
  acquire(size: number): Slab | null {
    const slab = this.#reuse(size) ?? this.#allocate(size)
    if (slab !== null) this.#used += slab.bytes.length
    return slab
  }

  release(slab: Slab): void {
    this.#used -= slab.bytes.length
    this.#free.push({ slab, since: this.#now })
  }

  /**
   * Once a round: what a busy hour needed is not kept through a quiet night. True when all is given back and that is much.
   * @param now monotonic milliseconds
   */
  age(now: number): boolean {
    this.#now = now
    while (this.#free[0] !== undefined && now - this.#free[0].since > KEPT_MS) this.#drop()
    if (this.#allocated > 0 || this.#given < MUCH) return false
    this.#given = 0
    return true
  }

  #reuse(size: number): Slab | null {
    // A slab more than twice too large would waste the memory of another one.
    const index = this.#free.findLastIndex(({ slab: { bytes } }) => bytes.length >= size && bytes.length <= size * 2)
    return index < 0 ? null : (this.#free.splice(index, 1)[0] as Free).slab
  }

  #allocate(size: number): Slab | null {
    while (this.#allocated + size > this.limit) if (!this.#drop()) return null
    this.#allocated += size
    return { bytes: this.#shared ? Buffer.from(new SharedArrayBuffer(size)) : Buffer.allocUnsafeSlow(size) }
  }

  /** False when there is none to drop. */
  #drop(): boolean {
    const oldest = this.#free.shift()
    if (oldest === undefined) return false
    this.#allocated -= oldest.slab.bytes.length
    this.#given += oldest.slab.bytes.length
    return true
  }
}
