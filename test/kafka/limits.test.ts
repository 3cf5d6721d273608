// What the topic allows is changed by its administrator while the agent runs.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alterTopic } from '../../tools/kafka/admin.ts'
import { lines } from '../../tools/oracle/lines.ts'
import { agentFor } from './agent.ts'
import { withTopic } from './broker.ts'
import { assertHolds } from './holds.ts'

for (const compression of ['none', 'lz4'])
  test(`max.message.bytes is lowered while the agent sends, compression = ${compression}: it splits and goes on, and nothing is lost`, async (t) => {
    const [before, after] = [200_000, 20_000]
    const topic = await withTopic(t, { configs: { 'max.message.bytes': String(before) } })
    const agent = agentFor(t, topic)
    agent.write('app.log', lines('app', 0, 6_000, { prose: true }))
    let sends = 0
    const shipment = await agent.ship({
      settings: `compression = ${compression}\n`,
      before: async () => {
        if (++sends === 2) await alterTopic(topic.brokers, topic.topic, { 'max.message.bytes': String(after) })
      },
    })
    assert.deepEqual(shipment.left, { bytes: 0, files: 0 })
    const kinds = shipment.sends.map(({ outcome }) => outcome.kind)
    assert.deepEqual([...new Set(kinds)].toSorted(), ['acked', 'too_large'])
    assert.ok(kinds.lastIndexOf('too_large') < 6, kinds.join())
    assert.ok(shipment.sends.slice(8).every(({ limit }) => limit <= after))
    assert.deepEqual(
      shipment.events.filter(({ name }) => name === 'dead_letter' || name === 'kafka_degraded'),
      [],
    )
    await assertHolds(topic, agent, ['app.log'])
    // Raised again: the next life asks for it.
    await alterTopic(topic.brokers, topic.topic, { 'max.message.bytes': String(before) })
    agent.write('more.log', lines('more', 0, 3_000, { prose: true }))
    const { sends: more } = await agent.ship({ settings: `compression = ${compression}\n` })
    assert.ok(more.some(({ limit }) => limit === before))
    assert.deepEqual([...new Set(more.map(({ outcome }) => outcome.kind))], ['acked'])
  })
