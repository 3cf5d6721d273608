/** Passes one thing at a time from a consumer's callback to the loop that works on it; the callback waits meanwhile. */

const heartbeatEvery = 2000

export class Baton<T> implements AsyncIterable<T> {
  readonly #patience: number
  readonly #waiting: { thing: T; done: () => void }[] = []
  #wake: () => void = () => {}
  #finished = false
  #failure: Error | null = null

  /** `patience`: milliseconds for which the loop waits for the next thing before it throws. */
  constructor(patience: number) {
    this.#patience = patience
  }

  /** Resolves when the loop has done with `thing`; calls `heartbeat` until then. */
  async hand(thing: T, heartbeat: () => Promise<void>): Promise<void> {
    const beat = setInterval(() => {
      // What ails the group shows at the consumer's next fetch.
      heartbeat().catch(() => {})
    }, heartbeatEvery)
    try {
      await new Promise<void>((done) => {
        this.#waiting.push({ thing, done })
        this.#wake()
        if (this.#finished) done()
      })
    } finally {
      clearInterval(beat)
    }
  }

  finish(): void {
    this.#finished = true
    for (const { done } of this.#waiting) done()
    this.#wake()
  }

  fail(error: Error): void {
    this.#failure ??= error
    this.finish()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      while (!this.#finished) {
        const next = this.#waiting.shift()
        if (next) {
          yield* this.#used(next)
        } else await this.#change()
      }
      if (this.#failure) throw this.#failure
    } finally {
      this.finish()
    }
  }

  *#used({ thing, done }: { thing: T; done: () => void }): Generator<T> {
    try {
      yield thing
    } finally {
      done()
    }
  }

  async #change(): Promise<void> {
    const tooLong = setTimeout(
      () => this.fail(new Error(`the topic said nothing for ${this.#patience / 1000} s before its end was reached`)),
      this.#patience,
    )
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    clearTimeout(tooLong)
  }
}
