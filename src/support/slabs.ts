// Memory for bytes on their way, bounded by `memory_limit`: reused buffers instead of garbage outside V8's heap (law 5).

export interface Slab {
  readonly bytes: Buffer
}

/** Rounds after which a slab that nobody needed is given back. */
const KEPT_ROUNDS = 20

interface Free {
  readonly slab: Slab
  /** The round in which it was used last. */
  readonly since: number
}

export class SlabPool {
  readonly limit: number
  /** In the order in which they were released. */
  readonly #free: Free[] = []
  #rounds = 0
  #allocated = 0
  #used = 0

  /** @param limit bytes that all slabs together may take */
  constructor(limit: number) {
    this.limit = limit
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
    this.#free.push({ slab, since: this.#rounds })
  }

  /** Once a round: what a busy hour needed is not kept through a quiet night. True when the last slab of all was given back. */
  age(): boolean {
    this.#rounds++
    const before = this.#allocated
    while (this.#free[0] !== undefined && this.#rounds - this.#free[0].since > KEPT_ROUNDS) this.#drop()
    return before > 0 && this.#allocated === 0
  }

  #reuse(size: number): Slab | null {
    // A slab more than twice too large would waste the memory of another one.
    const index = this.#free.findLastIndex(({ slab: { bytes } }) => bytes.length >= size && bytes.length <= size * 2)
    return index < 0 ? null : (this.#free.splice(index, 1)[0] as Free).slab
  }

  #allocate(size: number): Slab | null {
    while (this.#allocated + size > this.limit) if (!this.#drop()) return null
    this.#allocated += size
    return { bytes: Buffer.allocUnsafeSlow(size) }
  }

  /** False when there is none to drop. */
  #drop(): boolean {
    const oldest = this.#free.shift()
    this.#allocated -= oldest?.slab.bytes.length ?? 0
    return oldest !== undefined
  }
}
