// Two stretches of a WebAssembly memory, one for what goes in and one for what comes out; it grows with the largest batch.

const PAGE = 65_536

export class Arena {
  readonly #memory: WebAssembly.Memory
  readonly #base: number

  /** @param base where the module's own memory ends */
  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory
    this.#base = base
  }

  get input(): number {
    return this.#base
  }

  /** Puts `bytes` in; returns where `room` bytes of output may go. */
  take(bytes: Uint8Array, room: number): number {
    const output = this.#base + bytes.length
    const missing = output + room - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE))
    this.view(this.#base, output).set(bytes)
    return output
  }

  view(from: number, to: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, from, to - from)
  }
}
