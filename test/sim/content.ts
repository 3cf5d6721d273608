// What the world knows of the bytes it wrote: an inode, and each content that it held from one truncation to the next.

import type { LineEnds } from '../../src/text/line-ends.ts'

/** Bytes that only grow, from one truncation of an inode to the next. */
export class Content {
  readonly inode: Inode
  readonly number: number
  length = 0
  /** `truncated`: other bytes took its place; `deleted`: no name leads to it. */
  fate: 'alive' | 'truncated' | 'deleted' = 'alive'
  /** The agent gave it a file id. */
  born = false
  /** Some of it was shipped. */
  shipped = false
  /** Leading NULs that no writer wrote: it went on at its old position. */
  hole = 0
  /** The agent knew what was truncated there, so that it can tell those NULs. */
  isToldHole = false
  /** What it is a copy of, and how much of that was copied. */
  original: Content | null = null
  copied = 0
  /** Where its bytes are now that it is truncated, or compressed. */
  copy: Content | null = null
  packed: Content | null = null
  packedLength = 0
  /** What a compressed one holds. */
  unpacked: Content | null = null
  /** The path that its inode was made under. */
  madeAt = ''
  /** Bytes of a deleted file that the agent owes, since it held it open. */
  owed = 0
  #bytes: Buffer = Buffer.allocUnsafe(1024)

  readonly #ends: LineEnds

  constructor(inode: Inode, number: number, ends: LineEnds) {
    this.#ends = ends
    this.inode = inode
    this.number = number
  }

  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, this.length)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.length)
    this.length = end
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  /** Where the last whole line ends. */
  get linesEnd(): number {
    return this.#ends.before(this.bytes, this.length, 0)
  }
}

export interface Inode {
  readonly ino: number
  readonly birth: bigint
  dev: bigint
  mtime: bigint
  ctime: bigint
  links: number
  /** Handles of the agent. */
  opens: number
  content: Content
}
