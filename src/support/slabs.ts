// Memory for bytes on their way, bounded by `memory_limit`: reused buffers instead of garbage outside V8's heap (law 5).

export interface Slab {
  readonly bytes: Buffer
}

export class SlabPool {
  readonly limit: number
  readonly #free: Slab[] = []
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
    this.#free.push(slab)
  }

  #reuse(size: number): Slab | null {
    // A slab more than twice too large would waste the memory of another one.
    const index = this.#free.findLastIndex(({ bytes }) => bytes.length >= size && bytes.length <= size * 2)
    return index < 0 ? null : (this.#free.splice(index, 1)[0] as Slab)
  }

  #allocate(size: number): Slab | null {
    while (this.#allocated + size > this.limit) {
      const dropped = this.#free.shift()
      if (dropped === undefined) return null
      this.#allocated -= dropped.bytes.length
    }
    this.#allocated += size
    return { bytes: Buffer.allocUnsafeSlow(size) }
  }
}
