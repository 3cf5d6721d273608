// The broker's quota: it answers, says for how long it will hear nothing more, and is obeyed; that is no failure.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { kafkaJars } from '../../tools/kafka/jars.ts'
import { javaProblem } from '../../tools/kafka/java-cluster.ts'
import { lines } from '../../tools/oracle/lines.ts'
import { agentFor } from '../kafka/agent.ts'
import { withTopic } from '../kafka/broker.ts'
import { assertHolds } from '../kafka/holds.ts'

const execute = promisify(execFile)
const skip = (await javaProblem()) ?? false

test('a client over its quota waits as long as the broker says, far beyond request_timeout: nothing is lost or repeated', {
  skip,
}, async (t) => {
  const topic = await withTopic(t)
  const client = `quota-${randomBytes(6).toString('hex')}`
  await limitProducer(topic.brokers, client, 200_000)
  const agent = agentFor(t, topic)
  agent.write('app.log', lines('app', 0, 25_000))
  const began = performance.now()
  const settings = `client_id = ${client}\nrequest_timeout = 1s\n`
  const { left, sends, events } = await agent.ship({ settings })
  const seconds = (performance.now() - began) / 1000
  assert.deepEqual(left, { bytes: 0, files: 0 })
  // Ten seconds' worth is free at first.
  assert.ok(seconds > 4, `4.25 MB at 200 kB a second took ${seconds} s: it was not held back at all`)
  assert.deepEqual(
    sends.filter(({ outcome }) => outcome.kind !== 'acked'),
    [],
  )
  assert.deepEqual(
    events.filter(({ name }) => name === 'kafka_degraded'),
    [],
  )
  await assertHolds(topic, agent, ['app.log'])
})

async function limitProducer(brokers: readonly string[], client: string, bytesPerSecond: number): Promise<void> {
  const classpath = join(await kafkaJars(), '*')
  const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classpath]
  const entity = ['--entity-type', 'clients', '--entity-name', client]
  const change = ['--alter', '--add-config', `producer_byte_rate=${bytesPerSecond}`]
  const main = 'kafka.admin.ConfigCommand'
  await execute('java', [...jvm, main, '--bootstrap-server', brokers.join(), ...change, ...entity])
}
