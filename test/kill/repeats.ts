/** Finds the messages that hold what came before, and those among them that neither a kill nor an unknown outcome excuses. */

import { type Range, takeNew } from '../../tools/oracle/ranges.ts'
import type { TopicRecord } from '../../tools/oracle/read-topic.ts'
import type { DecodedMessage } from '../../tools/oracle/source-bytes.ts'

export interface Kill {
  /** Milliseconds since 1970 at which it was surely dead. */
  readonly at: number
  /** By file id, as the disk had it. */
  readonly committed: ReadonlyMap<string, number>
}

interface Copy {
  readonly start: number
  readonly end: number
  readonly timestamp: number
}

interface Seen {
  readonly held: Range[]
  /** What came since this kill. */
  since: number
  copies: Copy[]
}

export class Repeats {
  count = 0
  /** First copies that came behind a hole in their file. */
  outOfOrder = 0
  readonly unexplained: string[] = []
  readonly #kills: readonly Kill[]
  readonly #files = new Map<string, Seen>()

  constructor(kills: readonly Kill[]) {
    this.#kills = kills
  }

  see({ fileId, offset, length }: DecodedMessage, { timestamp }: TopicRecord): void {
    const file = this.#files.get(fileId) ?? { held: [], since: -1, copies: [] }
    this.#files.set(fileId, file)
    const end = offset + length
    const isBehindHole = offset > (file.held[0]?.[1] ?? 0)
    const fresh = takeNew(file.held, offset, end).reduce((sum, [from, to]) => sum + to - from, 0)
    if (fresh > 0 && isBehindHole) this.outOfOrder++
    // A record's timestamp is the time of reading: the kill before it is the one that made it a repeat.
    const since = this.#kills.findLastIndex(({ at }) => at <= timestamp)
    if (fresh < length) {
      this.count++
      const why = this.#excuse(fileId, file, { start: offset, end, timestamp }, since)
      if (why !== null) this.unexplained.push(`${fileId} ${offset}+${length}: ${why}`)
    }
    if (since !== file.since) file.copies = []
    file.since = since
    file.copies.push({ start: offset, end, timestamp })
  }

  /** Null, or what is wrong with it. */
  #excuse(fileId: string, file: Seen, copy: Copy, since: number): string | null {
    const committed = this.#kills[since]?.committed.get(fileId) ?? 0
    if (copy.start < committed) return `begins before the committed offset ${committed}`
    // Within one life only a send of unknown outcome comes again, byte for byte (law 4).
    const overlapping =
      since === file.since ? file.copies.filter(({ start, end }) => start < copy.end && end > copy.start) : []
    const isSame = ({ start, end, timestamp }: Copy): boolean =>
      start === copy.start && end === copy.end && timestamp === copy.timestamp
    return overlapping.every(isSame) ? null : 'cut anew within one life'
  }
}
