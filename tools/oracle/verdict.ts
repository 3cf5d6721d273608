/** The judge's word on a whole topic: reads it from its beginning and sums up what was found over all tags. */

import { type Judge, openJudge, type TagReport } from './judge.ts'
import { readTopic, type TopicRecord } from './read-topic.ts'
import type { DecodedMessage } from './source-bytes.ts'

export interface Verdict {
  /** Numbers that were written and never came. */
  readonly lost: number
  /** Copies more than one, as they came. */
  readonly duplicated: number
  /** First copies that came after a higher number of their tag. */
  readonly outOfOrder: number
  /** Numbers that nobody said were written. */
  readonly unexpected: number
  /** Lines that carry no id. */
  readonly unreadable: number
  /** What a consumer holds that follows the rule for duplicates is each line once and in order. */
  readonly exact: boolean
  readonly messages: number
  readonly reports: readonly TagReport[]
}

export interface VerdictOptions {
  /** Sees every message in the order in which it is read. */
  readonly onMessage?: (message: DecodedMessage, record: TopicRecord) => void
  /** Is asked before the rebuilt files are removed. */
  readonly ask?: (judge: Judge) => Promise<void>
}

/** `expected`: the number of lines written, by tag. */
export async function verdict(
  brokers: readonly string[],
  topic: string,
  expected: Readonly<Record<string, number>>,
  { onMessage, ask }: VerdictOptions = {},
): Promise<Verdict> {
  const judge = openJudge()
  try {
    let messages = 0
    for await (const record of readTopic(brokers, topic)) {
      messages++
      const message = judge.feed(record)
      onMessage?.(message, record)
    }
    await ask?.(judge)
    return { ...summed(await judge.report(expected)), unreadable: judge.unreadable(), messages }
  } finally {
    await judge.close()
  }
}

function summed(reports: readonly TagReport[]): Omit<Verdict, 'unreadable' | 'messages'> {
  const sum = (count: (report: TagReport) => number): number => reports.reduce((all, one) => all + count(one), 0)
  return {
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    unexpected: sum(({ unexpected }) => unexpected),
    exact: reports.every(({ exact }) => exact),
    reports,
  }
}
