/** What a test says of a topic, with all figures in the message when it is not so. */

import assert from 'node:assert/strict'
import { topicPartitions } from '../../tools/kafka/admin.ts'
import { type Verdict, verdict } from '../../tools/oracle/verdict.ts'
import type { TestTopic } from '../kafka/broker.ts'
import type { Agent } from './agent.ts'
import { until } from './until.ts'

/** The topic holds each of these lines, the first copies in order, nothing else, and a consumer rebuilds every file. */
export async function expectComplete(target: TestTopic, expected: Readonly<Record<string, number>>): Promise<Verdict> {
  const found = await verdict(target.brokers, target.topic, expected)
  const { lost, outOfOrder, unexpected, unreadable, exact } = found
  const wanted = { lost: 0, outOfOrder: 0, unexpected: 0, unreadable: 0, exact: true }
  assert.deepEqual({ lost, outOfOrder, unexpected, unreadable, exact }, wanted, JSON.stringify(found.reports))
  return found
}

/** The same, and each line came once. */
export async function expectOnce(target: TestTopic, expected: Readonly<Record<string, number>>): Promise<void> {
  const { duplicated } = await expectComplete(target, expected)
  assert.equal(duplicated, 0, 'lines that came twice')
}

/** All of these lines are there; what was written after them may be too. */
export async function expectAtLeast(target: TestTopic, expected: Readonly<Record<string, number>>): Promise<void> {
  const { lost, outOfOrder, duplicated } = await verdict(target.brokers, target.topic, expected)
  assert.deepEqual({ lost, outOfOrder, duplicated }, { lost: 0, outOfOrder: 0, duplicated: 0 })
}

export async function messagesIn({ brokers, topic }: TestTopic): Promise<number> {
  const partitions = await topicPartitions(brokers, topic)
  return partitions.reduce((sum, { low, high }) => sum + high - low, 0)
}

/** Resolves when the topic holds more than `count` messages. */
export function untilMoreThan(count: number, target: TestTopic, agent: Agent): Promise<number> {
  return until(`the topic holds more than ${count} messages`, async () => {
    assert.equal(agent.running, true, `the agent ended:\n${agent.words()}`)
    const messages = await messagesIn(target)
    return messages > count ? messages : null
  })
}
