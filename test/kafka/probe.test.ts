import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import kafkajs from 'kafkajs'
import { probeBrokers, probeTopics } from '../../src/kafka/probe.ts'
import { createTopic } from '../../tools/kafka/admin.ts'
import { withAdmin } from '../../tools/kafka/client.ts'
import type { Cluster } from '../../tools/kafka/node.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { whyNoOwnKafka } from '../tools/own-kafka.ts'
import { withTopic } from './broker.ts'

const settings = (
  brokers: readonly string[],
): { brokers: readonly string[]; clientId: string; requestTimeout: number } => ({
  brokers,
  clientId: 'test',
  requestTimeout: 30_000,
})

let guarded: Cluster | null = null
after(() => guarded?.stop())

test('a broker tells how its cluster calls it', async (t) => {
  const { brokers } = await withTopic(t)
  const [probe] = await probeBrokers(settings(brokers), brokers)
  assert.deepEqual(probe, { address: brokers[0], fault: null, advertised: brokers })
})

test('the right to write is what the broker says of it: granted where nobody forbids it', async (t) => {
  const { brokers, topic } = await withTopic(t, { partitions: 2 })
  const [probe] = await probeTopics(settings(brokers), [topic])
  assert.deepEqual(probe, {
    topic,
    facts: { partitions: 2, maxMessageBytes: 1_048_588 },
    fault: null,
    mayWrite: true,
    principal: 'User:ANONYMOUS',
    leaderless: [],
  })
})

test('a client that may see a topic and not write to it is told so before it tries', {
  skip: await whyNoOwnKafka(),
}, async () => {
  guarded = await startOwnKafka({
    settings: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
    },
  })
  const { brokers } = guarded
  await createTopic(brokers, 'denied', { partitions: 1 })
  await createTopic(brokers, 'open', { partitions: 1 })
  await createTopic(brokers, 'hidden', { partitions: 1 })
  await withAdmin(brokers, (admin) =>
    admin.createAcls({
      acl: [
        acl('denied', kafkajs.AclOperationTypes.WRITE, kafkajs.AclPermissionTypes.DENY),
        acl('denied', kafkajs.AclOperationTypes.DESCRIBE, kafkajs.AclPermissionTypes.ALLOW),
        acl('hidden', kafkajs.AclOperationTypes.ALL, kafkajs.AclPermissionTypes.DENY),
      ],
    }),
  )
  const [denied, open, hidden] = await probeTopics(settings(brokers), ['denied', 'open', 'hidden'])
  assert.equal(denied?.mayWrite, false)
  assert.equal(open?.mayWrite, true)
  assert.equal(hidden?.fault?.code, 'TOPIC_DENIED')
})

function acl(
  topic: string,
  operation: kafkajs.AclOperationTypes,
  permissionType: kafkajs.AclPermissionTypes,
): kafkajs.AclEntry {
  return {
    resourceType: kafkajs.AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: 'User:ANONYMOUS',
    host: '*',
    operation,
    permissionType,
  }
}
