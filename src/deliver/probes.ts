// Kafka refuses a batch and does not say which of its records: the lines of it are sent again, fewer at a time, until the one is found.

import type { TrackedFile } from '../files/tracked-file.ts'
import type { Chunk } from '../lines/chunk.ts'
import type { LineEnds } from '../text/line-ends.ts'

interface Probe {
  /** That the next batch may hold. */
  lines: number
  /** Offset behind which nothing was refused. */
  until: number
}

export class Probes {
  /** Files whose next messages travel alone. */
  readonly #alone = new Set<TrackedFile>()
  readonly #probes = new Map<TrackedFile, Probe>()

  /** One of several files in a batch has the bad record: each travels alone once. */
  sendAlone(file: TrackedFile): void {
    this.#alone.add(file)
  }

  /** The bad record is one of this chunk's. */
  halve({ file, records, after }: Pick<Chunk, 'file' | 'records' | 'after'>): void {
    const until = Math.max(this.#probes.get(file)?.until ?? 0, after.offset)
    this.#probes.set(file, { lines: Math.ceil(records / 2), until })
  }

  /** Most of a refused batch is good: what follows a good part of it is tried in larger ones. */
  acked(file: TrackedFile): void {
    if (this.#probes.size === 0) return
    const probe = this.#probes.get(file)
    if (probe !== undefined) probe.lines *= 2
  }

  isAlone(file: TrackedFile): boolean {
    return this.#alone.has(file) || this.linesOf(file) !== Number.POSITIVE_INFINITY
  }

  /** Lines that the file's next chunk may have. */
  linesOf(file: TrackedFile): number {
    if (this.#probes.size === 0) return Number.POSITIVE_INFINITY
    const probe = this.#probes.get(file)
    if (probe === undefined) return Number.POSITIVE_INFINITY
    if (file.cursor.offset < probe.until) return probe.lines
    if (file.settled.offset >= probe.until) this.#probes.delete(file)
    return Number.POSITIVE_INFINITY
  }

  taken(file: TrackedFile): void {
    this.#alone.delete(file)
  }
}

/** So many lines from the front. */
export function firstLines(bytes: Buffer, lines: number, offset: number, ends: LineEnds): Buffer {
  if (lines === Number.POSITIVE_INFINITY) return bytes
  let end = 0
  for (let left = lines; left > 0; left--) {
    const next = ends.after(bytes, end, offset)
    if (next === 0) return bytes
    end = next
  }
  return bytes.subarray(0, end)
}
