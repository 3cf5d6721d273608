// What the adapter does to its process: no stray rejection when a broker is killed under it, no timers when it is idle.

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createTopic } from '../../tools/kafka/admin.ts'
import { startOwnKafka } from '../../tools/kafka/start-kafka.ts'
import { until, whyNoOwnKafka } from '../tools/own-kafka.ts'
import { withTopic } from './broker.ts'
import type { Report } from './sending-process.ts'

const skip = await whyNoOwnKafka()
const program = fileURLToPath(new URL('sending-process.ts', import.meta.url))

test('a broker that is killed during sends leaves no stray rejection, and is found again when it is back', {
  skip,
}, async (t) => {
  const cluster = await startOwnKafka()
  t.after(() => cluster.stop())
  const [address] = cluster.brokers
  const [node] = cluster.nodes
  assert.ok(address && node)
  await createTopic(cluster.brokers, 'logs', { partitions: 2 })
  const { child, reports, kinds } = start(t, address, 'logs', 'endless')
  for (let kill = 0; kill < 2; kill++) {
    const acked = kinds().length
    await until(
      'batches are taken',
      () =>
        kinds()
          .slice(acked)
          .filter((kind) => kind === 'acked').length > 5,
    )
    await node.kill('SIGKILL')
    const dead = kinds().length
    await until(
      'sends fail',
      () =>
        kinds()
          .slice(dead)
          .filter((kind) => kind !== 'acked').length > 5,
    )
    await node.start()
  }
  const back = kinds().length
  await until('batches are taken again', () => kinds().slice(back).includes('acked'))
  child.disconnect()
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  assert.deepEqual(strays(reports), [])
})

test('an idle client arms no timers', async (t) => {
  const { brokers, topic } = await withTopic(t)
  const { child, reports } = start(t, brokers[0] as string, topic, 'once')
  await once(child, 'exit')
  const timers = reports.find((report) => report.name === 'timers')
  assert.ok(timers !== undefined)
  // Without the guard: some hundreds, and on Node 24 a warning.
  assert.ok(timers.armed < 5, `${timers.armed} timers in a second`)
  assert.deepEqual(strays(reports), [])
})

const strays = (reports: readonly Report[]): Report[] => reports.filter(({ name }) => name === 'stray')

function start(t: TestContext, ...args: string[]): { child: ChildProcess; reports: Report[]; kinds: () => string[] } {
  const reports: Report[] = []
  const child = fork(program, args, { execArgv: ['--import', 'tsx'] })
  child.on('message', (report) => reports.push(report as Report))
  t.after(() => child.kill('SIGKILL'))
  const kinds = () => reports.flatMap((report) => (report.name === 'outcome' ? [report.kind] : []))
  return { child, reports, kinds }
}
