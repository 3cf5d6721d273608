/** The judge for topics of any size: what came is judged as it comes by, and nothing of it is kept on disk. */

import { LineIds } from '../../tools/oracle/line-ids.ts'
import { type Range, takeNew } from '../../tools/oracle/ranges.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { Sequence } from '../../tools/oracle/sequence.ts'
import { decodeMessage } from '../../tools/oracle/source-bytes.ts'
import type { TestTopic } from '../kafka/broker.ts'

export interface Streamed {
  readonly bytes: number
  readonly files: number
  readonly messages: number
  readonly lost: number
  readonly outOfOrder: number
  readonly unexpected: number
  readonly unreadable: number
  /** Bytes that came again. */
  readonly repeated: number
}

/** `expected`: the number of lines written, by tag. Throws when a message is not what its metadata says. */
export async function streamed(
  { brokers, topic }: TestTopic,
  expected: Readonly<Record<string, number>>,
): Promise<Streamed> {
  const sequences = new Map<string, Sequence>()
  const lines = new LineIds((tag, seq) => sequenceOf(sequences, tag).add(seq))
  const held = new Map<string, Range[]>()
  const sum = { bytes: 0, messages: 0, repeated: 0 }
  for await (const record of readTopic(brokers, topic)) {
    const { fileId, offset, bytes } = decodeMessage(record)
    const ranges = held.get(fileId) ?? []
    held.set(fileId, ranges)
    const fresh = takeNew(ranges, offset, offset + bytes.length)
    for (const [start, end] of fresh) {
      lines.feed(fileId, start, bytes.subarray(start - offset, end - offset))
      sum.bytes += end - start
      sum.repeated -= end - start
    }
    sum.repeated += bytes.length
    sum.messages++
  }
  const counts = Object.entries(expected).map(([tag, count]) => sequenceOf(sequences, tag).counts(count))
  const strangers = [...sequences.keys()].filter((tag) => expected[tag] === undefined)
  return {
    ...sum,
    files: held.size,
    lost: counts.reduce((all, { lost }) => all + lost, 0),
    outOfOrder: counts.reduce((all, { outOfOrder }) => all + outOfOrder, 0),
    unexpected: counts.reduce((all, { unexpected }) => all + unexpected, strangers.length),
    unreadable: lines.unreadable,
  }
}

function sequenceOf(sequences: Map<string, Sequence>, tag: string): Sequence {
  let sequence = sequences.get(tag)
  if (sequence === undefined) sequences.set(tag, (sequence = new Sequence()))
  return sequence
}
