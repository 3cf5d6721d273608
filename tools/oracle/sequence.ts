/** Counts the numbers 0, 1, 2, … of one tag as they come by, a byte for each. */

export interface SequenceCounts {
  readonly expected: number
  /** Distinct numbers below `expected`. */
  readonly seen: number
  readonly lost: number
  /** Further copies of what had been seen. */
  readonly duplicated: number
  /** First copies that came after a higher number. */
  readonly outOfOrder: number
  /** Numbers that were never written. */
  readonly unexpected: number
}

export class Sequence {
  #seen = new Uint8Array(1024)
  #count = 0
  #distinct = 0
  #highest = -1
  #outOfOrder = 0

  add(seq: number): void {
    this.#count++
    if (seq >= this.#seen.length) this.#grow(seq + 1)
    if (this.#seen[seq] === 1) return
    this.#seen[seq] = 1
    this.#distinct++
    if (seq < this.#highest) this.#outOfOrder++
    else this.#highest = seq
  }

  /** Without a number, all up to the highest is expected. */
  counts(expected = this.#highest + 1): SequenceCounts {
    const beyond = this.#seen.subarray(expected).reduce((sum, one) => sum + one, 0)
    const seen = this.#distinct - beyond
    return {
      expected,
      seen,
      lost: expected - seen,
      duplicated: this.#count - this.#distinct,
      outOfOrder: this.#outOfOrder,
      unexpected: beyond,
    }
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#seen.length * 2))
    larger.set(this.#seen)
    this.#seen = larger
  }
}
