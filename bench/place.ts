/** Where it is measured: a real broker, topics on it, and temp folders that go when the measuring ends. */

import { randomBytes } from 'node:crypto'
import { homeOf, type Settings } from '../test/process/agent.ts'
import { createTopic, deleteTopic } from '../tools/kafka/admin.ts'
import { type GuardedFolder, guardedFolder } from '../tools/kafka/guarded-folder.ts'
import { startKafka } from '../tools/kafka/start-kafka.ts'

export const partitions = 3

export type Leftovers = Parameters<typeof homeOf>[0]
export type Home = ReturnType<typeof homeOf>

export interface Place {
  readonly brokers: readonly string[]
  /** An empty folder, until `work` has ended; what is started in it ends with it. */
  withFolder<T>(work: (folder: GuardedFolder) => Promise<T>): Promise<T>
  /** A new topic, until `work` has ended. */
  withTopic<T>(work: (topic: string) => Promise<T>, count?: number): Promise<T>
  /** Pannier with fresh state and these settings, until `work` has ended. */
  withHome<T>(settings: Settings, work: (home: Home) => Promise<T>): Promise<T>
  close(): Promise<void>
}

async function withFolder<T>(work: (folder: GuardedFolder) => Promise<T>): Promise<T> {
  const folder = guardedFolder('pannier-bench-')
  try {
    return await work(folder)
  } finally {
    await folder.remove()
  }
}

export async function openPlace(): Promise<Place> {
  // What was deleted must not lie on the disk, and in its cache, while the next one is measured.
  const cluster = await startKafka({ settings: { 'log.segment.delete.delay.ms': '500' } })
  const { brokers } = cluster
  return {
    brokers,
    withFolder,
    async withTopic(work, count = partitions) {
      const topic = `bench-${randomBytes(6).toString('hex')}`
      await createTopic(brokers, topic, { partitions: count })
      try {
        return await work(topic)
      } finally {
        await deleteTopic(brokers, topic)
      }
    },
    async withHome(settings, work) {
      const leftovers: (() => unknown)[] = []
      const after: Leftovers = { after: (remove) => void leftovers.push(remove as () => unknown) }
      try {
        return await work(homeOf(after, { ...settings, basic_conf: { interval: '1s', ...settings['basic_conf'] } }))
      } finally {
        for (const remove of leftovers) await remove()
      }
    },
    close: () => cluster.stop(),
  }
}
