/** Cuts bytes that come in pieces into lines, for who reads a journal without having all of it in memory. */

const LINE_FEED = 0x0a

export class LineCutter {
  /** Offset of the first byte that was not handed over. */
  at = 0
  /** Bytes that wait for their line's end. */
  waiting = 0
  /** Beginning of a line whose end is not there yet; copies, since a piece is used again by who gave it. */
  #begun: Buffer[] = []
  #done = false
  readonly #visit: (line: Buffer, at: number) => boolean

  /** `visit` is given each line without its end, which is valid until it returns, and says whether to go on. */
  constructor(visit: (line: Buffer, at: number) => boolean) {
    this.#visit = visit
  }

  get rest(): Buffer {
    return Buffer.concat(this.#begun)
  }

  push(piece: Buffer): void {
    let from = 0
    while (!this.#done) {
      const end = piece.indexOf(LINE_FEED, from)
      if (end === -1) break
      const line = this.#joined(piece.subarray(from, end))
      from = end + 1
      this.#done = !this.#visit(line, this.at)
      this.at += line.length + 1
    }
    if (this.#done || from === piece.length) return
    this.#begun.push(Buffer.from(piece.subarray(from)))
    this.waiting += piece.length - from
  }

  #joined(end: Buffer): Buffer {
    if (this.#begun.length === 0) return end
    const line = Buffer.concat([...this.#begun, end])
    this.#begun = []
    this.waiting = 0
    return line
  }
}
