// The one source of chance in a simulated run (law 10): the same seed gives the same run, to the byte.

/** sfc32, 128 bits of state: https://pracrand.sourceforge.net/RNG_engines.txt */
export class Random {
  #a: number
  #b: number
  #c = 0x9e3779b9
  #d = 1

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / 2 ** 32) | 0
    for (let i = 0; i < 15; i++) this.next()
  }

  /** In [0, 1). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number in [low, high]. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)] as T
  }

  /** 32 lower-case hex digits. */
  id(): string {
    let digits = ''
    for (let i = 0; i < 4; i++)
      digits += Math.floor(this.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return digits
  }
}
