// Topics on a real broker: created as told, grown, deleted and led by others while the agent runs.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadConfig } from '../../../src/config/load.ts'
import { partitionOf } from '../../../src/deliver/partition.ts'
import { KafkaBroker } from '../../../src/kafka/broker.ts'
import { probeTopics } from '../../../src/kafka/probe.ts'
import { addPartitions, createTopic, deleteTopic, topicConfig } from '../../../tools/kafka/admin.ts'
import { readTopic } from '../../../tools/oracle/read-topic.ts'
import { agentFor } from '../../kafka/agent.ts'
import { withTopic } from '../../kafka/broker.ts'
import { assertHolds } from '../../kafka/holds.ts'

const DONE = { bytes: 0, files: 0 }
const lines = (tag: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${tag} ${index}\n`).join('')

function kafkaConfig(brokers: readonly string[], more: string) {
  const text = `[basic_conf]\ninputpath = /a\n[kafka_conf]\nbrokers = ${brokers.join()}\n${more}\n`
  const loaded = loadConfig({ text, path: 'config.ini', env: {}, host: 'host-1', cwd: '/' })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  return loaded.config.kafka
}

async function partitionsByFile(brokers: readonly string[], topic: string): Promise<Map<string, Set<number>>> {
  const found = new Map<string, Set<number>>()
  for await (const { key, partition } of readTopic([...brokers], topic)) {
    found.set(String(key), (found.get(String(key)) ?? new Set()).add(partition))
  }
  return found
}

test('a topic is created with the partitions, replicas and settings that were asked for', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const wanted = `${topic}-wanted`
  const settings =
    'create_topic = yes\ncreate_topic_partitions = 5\ncreate_topic_replication = 1\ncreate_topic_config = retention.ms=86400000;max.message.bytes=123456'
  const kafka = new KafkaBroker(kafkaConfig(brokers, settings), true)
  t.after(() => kafka.close())
  const [probe] = await probeTopics(kafkaConfig(brokers, settings), [wanted])
  assert.equal(probe?.fault?.code, 'TOPIC_MISSING', 'check only asks')
  assert.deepEqual(await kafka.facts(wanted), { partitions: 5, maxMessageBytes: 123_456 })
  assert.equal((await topicConfig(brokers, wanted))['retention.ms'], '86400000')
  await deleteTopic(brokers, wanted)
})

for (const [settings, code, message, hint] of [
  ['create_topic_replication = 3', 'INVALID_REPLICATION_FACTOR', /cannot be created/, /create_topic_replication/],
  ['create_topic_config = retention.ms=soon', 'INVALID_CONFIG', /cannot be created/, /create_topic_config/],
] as const) {
  test(`what the broker will not create with ${settings} is told by check, and creates nothing`, async (t) => {
    const { brokers, topic } = await withTopic(t)
    const config = kafkaConfig(brokers, `create_topic = yes\n${settings}`)
    const [probe] = await probeTopics(config, [`${topic}-refused`])
    assert.equal(probe?.fault?.code, 'TOPIC_UNCREATED')
    const kafka = new KafkaBroker(config, true)
    t.after(() => kafka.close())
    for (const fault of [probe?.fault, await kafka.facts(`${topic}-refused`).catch((error: unknown) => error)]) {
      assert.ok(fault instanceof Error && 'hint' in fault)
      assert.match(fault.message, message)
      assert.match(fault.message, new RegExp(code))
      assert.match(String(fault.hint), hint)
    }
  })
}

test('a name that collides with another topic in metrics is refused by the broker, and told', async (t) => {
  const { brokers, topic } = await withTopic(t)
  await createTopic(brokers, `${topic}.a_b`, { partitions: 1 })
  t.after(() => deleteTopic(brokers, `${topic}.a_b`))
  const [probe] = await probeTopics(kafkaConfig(brokers, 'create_topic = yes'), [`${topic}.a.b`])
  assert.equal(probe?.fault?.code, 'TOPIC_UNCREATED')
  assert.match(String(probe?.fault?.hint), /\. in the place of _/)
})

test('partitions are added: a file keeps the one of its birth, new files use them all', async (t) => {
  const topic = await withTopic(t, { partitions: 1 })
  const agent = agentFor(t, topic)
  const old = ['a.log', 'b.log', 'c.log', 'd.log']
  for (const name of old) agent.write(name, lines(name, 100))
  assert.deepEqual((await agent.ship()).left, DONE)
  await addPartitions(topic.brokers, topic.topic, 4)
  const fresh = ['e.log', 'f.log', 'g.log', 'h.log', 'i.log', 'j.log']
  for (const name of old) writeFileSync(agent.path(name), lines(`${name} again`, 100), { flag: 'a' })
  for (const name of fresh) agent.write(name, lines(name, 100))
  assert.deepEqual((await agent.ship()).left, DONE)
  await assertHolds(topic, agent, [...old, ...fresh])
  const found = await partitionsByFile(topic.brokers, topic.topic)
  for (const name of old) assert.deepEqual([...(found.get(agent.path(name)) ?? [])], [0], name)
  for (const name of fresh) {
    const path = agent.path(name)
    assert.deepEqual([...(found.get(path) ?? [])], [partitionOf(path, 4)], name)
  }
})

for (const [settings, who] of [
  ['', 'somebody'],
  ['create_topic = yes\n', 'the agent'],
] as const) {
  test(`a topic is deleted while it runs: degraded until ${who} creates it, and what was not acked goes there`, async (t) => {
    const topic = await withTopic(t, { partitions: 1 })
    const agent = agentFor(t, topic)
    agent.write('a.log', lines('a', 200_000))
    const begins: number[] = []
    const back: Promise<void>[] = []
    const shipment = await agent.ship({
      settings: `${settings}[message_conf]\nmax_message_length = 20000\n`,
      before: ({ chunks }) => {
        if (begins.push(chunks[0]?.before.offset ?? 0) === 5) void deleteTopic(topic.brokers, topic.topic)
      },
      told: ({ name }) => {
        if (name !== 'kafka_degraded' || settings !== '') return
        if (back.length === 0) back.push(createTopic(topic.brokers, topic.topic, { partitions: 1 }))
      },
    })
    await Promise.all(back)
    assert.deepEqual(shipment.left, DONE)
    const named = shipment.events.filter((event) => event.name === 'kafka_degraded' || event.name === 'kafka_recovered')
    assert.deepEqual(
      named.map(({ name }) => name).filter((name, index, all) => name !== all[index - 1]),
      ['kafka_degraded', 'kafka_recovered'],
    )
    // What was acked went with the old topic; the new one has all that came after, to the last byte, without a hole.
    const lost = begins[shipment.sends.findIndex(({ outcome }) => outcome.kind !== 'acked')] ?? -1
    const ranges: [number, number][] = []
    for await (const { value } of readTopic(topic.brokers, topic.topic)) {
      const { offset, length } = JSON.parse(value.toString()) as { offset: number; length: number }
      ranges.push([offset, offset + length])
    }
    const first = ranges[0]?.[0] ?? Number.POSITIVE_INFINITY
    assert.ok(first <= lost, `the first try without an ack began at ${lost}, the topic at ${first}`)
    for (const [index, [start]] of ranges.entries()) if (index > 0) assert.equal(start, ranges[index - 1]?.[1])
    assert.equal(ranges.at(-1)?.[1], lines('a', 200_000).length)
  })
}

test('a topic that comes back with fewer partitions holds up the files of the missing ones, with a hint', async (t) => {
  const topic = await withTopic(t, { partitions: 4 })
  const agent = agentFor(t, topic)
  const names = ['a.log', 'b.log', 'c.log', 'd.log', 'e.log', 'f.log', 'g.log', 'h.log']
  for (const name of names) agent.write(name, lines(name, 10))
  assert.deepEqual((await agent.ship()).left, DONE)
  await deleteTopic(topic.brokers, topic.topic)
  await createTopic(topic.brokers, topic.topic, { partitions: 1 })
  for (const name of names) writeFileSync(agent.path(name), lines(`${name} again`, 10), { flag: 'a' })
  const grown: Promise<void>[] = []
  const shipment = await agent.ship({
    told: ({ name }) => {
      if (name === 'kafka_degraded' && grown.length === 0) grown.push(addPartitions(topic.brokers, topic.topic, 4))
    },
  })
  await Promise.all(grown)
  assert.deepEqual(shipment.left, DONE)
  const [degraded] = shipment.events.filter((event) => event.name === 'kafka_degraded')
  assert.match(String(degraded?.reason), /has no partition [1-3] now/)
  assert.match(String(degraded?.hint), /kafka-topics\.sh --alter --topic .* --partitions/)
})

test('inputs write to topics of their own, and one whose topic is missing holds up no other', async (t) => {
  const first = await withTopic(t, { partitions: 2 })
  const second = await withTopic(t, { partitions: 3 })
  const agent = agentFor(t, first)
  const names = ['a.log', 'b.log']
  for (const name of names) agent.write(name, lines(name, 50))
  for (const name of ['web-1.txt', 'web-2.txt', 'late.tmp']) agent.write(name, lines(name, 50))
  const late = `${first.topic}-late.tmp`
  let ackedFirst: number | null = null
  const settings = `[input:web]\ninputpath = ${agent.path('*.txt')}\ntopic = ${second.topic}\n[input:late]\ninputpath = ${agent.path('*.tmp')}\ntopic = ${first.topic}-{basename}\n`
  let acked = 0
  const shipment = await agent.ship({
    settings,
    told: ({ name }) => {
      if (name !== 'kafka_degraded') return
      const wait = setInterval(() => {
        if (acked < 2) return
        clearInterval(wait)
        ackedFirst ??= acked
        void createTopic(first.brokers, late, { partitions: 1 })
      }, 20)
    },
    before: () => void acked++,
  })
  t.after(() => deleteTopic(first.brokers, late))
  assert.deepEqual(shipment.left, DONE)
  assert.ok(ackedFirst !== null, 'the others were shipped before')
  const [degraded] = shipment.events.filter((event) => event.name === 'kafka_degraded')
  assert.equal(degraded?.reason, `topic "${late}" does not exist`)
  await assertHolds(first, agent, names)
  await assertHolds(second, agent, ['web-1.txt', 'web-2.txt'])
  await assertHolds({ brokers: first.brokers, topic: late }, agent, ['late.tmp'])
})
