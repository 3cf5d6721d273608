// The door to assembly/text.ts: what is done to all bytes that are shipped, a block at a time, 16 bytes in one step.

import { type Assembly, loadAssembly } from '../support/assembly.ts'
import { text } from '../support/assembly-bytes.ts'
import type { Escaped } from './escape-plain.ts'

interface Text extends Assembly {
  readonly OUTPUT: WebAssembly.Global
  readonly SAME: WebAssembly.Global
  readonly SAME_MAX: WebAssembly.Global
  countLines(length: number): number
  fitEscaped(length: number, room: number): number
  fittedEncoded(): number
  fittedLines(): number
  escape(length: number): number
  fitLines(length: number, offset: number, room: number, key: number, headers: number): number
  writeLines(length: number, offset: number, index: number, key: number, headers: number): number
  recordBytes(): number
  records(): number
}

/** What all records of format `line` of a file have in common. */
export interface Same {
  /** The key with its length; then the number of headers, those that are always the same, and the name of `offset`. */
  readonly bytes: Buffer
  readonly key: number
  /** 0: no headers. */
  readonly headers: number
}

/** Whole lines from somewhere in a source, as records. */
export interface Run {
  /** Source bytes. */
  readonly bytes: number
  readonly encoded: number
  readonly lines: number
}

/** More than any block can become. */
const ENDLESS = 2 ** 31 - 1

class Vectors {
  readonly #text: Text
  readonly #memory: Buffer
  readonly #input: number
  /** Bytes of a block. */
  readonly #most: number
  readonly #output: number
  readonly #same: number
  readonly #sameMost: number
  #held: Same | null = null

  constructor(assembly: Text) {
    this.#text = assembly
    this.#memory = Buffer.from(assembly.memory.buffer)
    this.#input = assembly.INPUT.value
    this.#most = assembly.INPUT_MAX.value
    this.#output = assembly.OUTPUT.value
    this.#same = assembly.SAME.value
    this.#sameMost = assembly.SAME_MAX.value
  }

  countLines(source: Buffer, length: number): number {
    let lines = 0
    for (let at = 0; at < length; at += this.#most) lines += this.#text.countLines(this.#take(source, at, length))
    return lines
  }

  /** See `fitEscaped` in escape.ts. */
  fitEscaped(source: Buffer, room: number): Escaped {
    let bytes = 0
    let encoded = 0
    let lines = 0
    while (bytes < source.length) {
      const length = this.#take(source, bytes)
      const fit = this.#text.fitEscaped(length, within(room - encoded))
      bytes += fit
      encoded += this.#text.fittedEncoded()
      lines += this.#text.fittedLines()
      if (fit < length) break
    }
    return { bytes, encoded, lines }
  }

  /** Returns the position behind what was written. */
  putEscaped(into: Buffer, at: number, source: Buffer): number {
    let position = at
    for (let from = 0; from < source.length; from += this.#most)
      position += this.#give(into, position, this.#text.escape(this.#take(source, from)))
    return position
  }

  /** Lines from `start` on whose records take at most `room`. None where the next line is longer than a block. */
  fitLines(source: Buffer, start: number, offset: number, room: number, same: Same): Run {
    let bytes = 0
    let encoded = 0
    let lines = 0
    if (!this.#hold(same)) return { bytes, encoded, lines }
    for (;;) {
      const length = this.#take(source, start + bytes)
      const fit = this.#text.fitLines(length, offset + bytes, within(room - encoded), same.key, same.headers)
      if (fit === 0) return { bytes, encoded, lines }
      bytes += fit
      encoded += this.#text.recordBytes()
      lines += this.#text.records()
    }
  }

  /** Writes lines from `start` on as records from `index` on, until one that is longer than a block. */
  putLines(into: Buffer, at: number, index: number, source: Buffer, start: number, offset: number, same: Same): Run {
    let bytes = 0
    let encoded = 0
    let lines = 0
    if (!this.#hold(same)) return { bytes, encoded, lines }
    for (;;) {
      const length = this.#take(source, start + bytes)
      const done = this.#text.writeLines(length, offset + bytes, index + lines, same.key, same.headers)
      if (done === 0) return { bytes, encoded, lines }
      bytes += done
      encoded += this.#give(into, at + encoded, this.#text.recordBytes())
      lines += this.#text.records()
    }
  }

  /** Copies a block in; returns its length. */
  #take(source: Buffer, from: number, end = source.length): number {
    return source.copy(this.#memory, this.#input, from, Math.min(from + this.#most, end))
  }

  #give(into: Buffer, at: number, length: number): number {
    return this.#memory.copy(into, at, this.#output, this.#output + length)
  }

  /** False where it has no room. */
  #hold(same: Same): boolean {
    if (same.bytes.length > this.#sameMost) return false
    if (this.#held !== same) same.bytes.copy(this.#memory, this.#same)
    this.#held = same
    return true
  }
}

const within = (room: number): number => Math.max(0, Math.min(room, ENDLESS))

const assembly = loadAssembly(text) as Text | null

/** Null where the processor has no vectors: x86 before SSE4.1, as some virtual machines pretend to be. */
export const vectors: Vectors | null = assembly === null ? null : new Vectors(assembly)
