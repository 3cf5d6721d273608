/** What a topic holds, held against the files. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { openJudge } from '../../tools/oracle/judge.ts'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import type { Agent } from './agent.ts'
import type { TestTopic } from './broker.ts'

/** The topic holds these files and nothing else, each once and byte for byte. */
export async function assertHolds(topic: TestTopic, agent: Agent, names: readonly string[]): Promise<void> {
  const judge = openJudge()
  try {
    let bytes = 0
    for await (const record of readTopic(topic.brokers, topic.topic)) bytes += judge.feed(record).length
    for (const name of names)
      assert.notEqual(await judge.identicalTo(agent.path(name)), null, `${name} is not in the topic`)
    assert.equal(judge.files().length, names.length)
    assert.equal(
      bytes,
      names.reduce((sum, name) => sum + readFileSync(agent.path(name)).length, 0),
      'bytes came twice',
    )
  } finally {
    await judge.close()
  }
}
