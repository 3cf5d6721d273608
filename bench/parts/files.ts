/** What many known files cost: their first sight, a start, a look at all of them, memory, and a checkpoint when ten of them moved. */

import { appendFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TrackedFile } from '../../src/files/tracked-file.ts'
import { Checkpoint } from '../../src/state/checkpoint.ts'
import { openStateFolder } from '../../src/state/folder.ts'
import type { SessionRecord } from '../../src/state/session.ts'
import { lines } from '../../tools/oracle/lines.ts'
import { cpuOf, handlesOf, rssOf } from '../cost.ts'
import type { Sizes } from '../options.ts'
import { spentOnce } from '../peers/pannier.ts'
import type { Home, Place } from '../place.ts'
import { type Known, median } from '../results.ts'
import { readPannier, tally } from '../tally.ts'
import { watchTopic } from '../watch.ts'
import { tag, type Workload, writeWorkload } from '../workload.ts'
import { settled } from './settled.ts'
import type { Say } from './throughput.ts'

const moved = 10

export async function knownFiles(place: Place, sizes: Sizes, say: Say): Promise<Known[]> {
  const all: Known[] = []
  for (const count of sizes.known) {
    const one = await measure(place, count, sizes.repeats)
    all.push(one)
    say(JSON.stringify(one))
  }
  return all
}

function measure(place: Place, count: number, repeats: number): Promise<Known> {
  return place.withFolder(({ path }) =>
    place.withTopic((topic) => {
      const workload = writeWorkload(path, count, 0)
      const settings = {
        // Rounds come when they are asked for.
        basic_conf: { inputpath: workload.glob, interval: '1h', close_inactive: '1s' },
        kafka_conf: { brokers: place.brokers.join(','), topic },
        shutdown_conf: { shutdown_timeout: '600s' },
        log_conf: { level: 'warn' },
      }
      return place.withHome(settings, async (home) => {
        const { cpu } = await spentOnce(home)
        const running = await run(place, topic, home, workload, repeats)
        const counts = await tally(place.brokers, topic, workload.lines + 1, readPannier)
        const state = join(home.path, 'state')
        return { files: count, shipping: cpu, ...running, ...counts, commit: await commit(state, repeats) }
      })
    }),
  )
}

type Running = Pick<Known, 'firstAck' | 'look' | 'handles' | 'rss'>

/** A start with one line to ship, and looks that are asked for by signal, one after the other. */
async function run(place: Place, topic: string, home: Home, workload: Workload, repeats: number): Promise<Running> {
  appendFileSync(workload.paths.at(-1) as string, lines(tag, workload.lines, 1))
  const watch = await watchTopic(place.brokers, topic)
  const arrives = watch.next()
  const begun = performance.now()
  const agent = home.start()
  const firstAck = (await arrives).at - begun
  await watch.close()
  await settled(agent.pid)
  const before = cpuOf(agent.pid)
  for (let i = 0; i < repeats; i++) {
    agent.signal('SIGUSR2')
    await settled(agent.pid)
  }
  const look = ((cpuOf(agent.pid) - before) / repeats) * 1000
  const found = { firstAck, look, handles: handlesOf(agent.pid, workload.folder), rss: rssOf(agent.pid) }
  agent.signal('SIGTERM')
  await agent.ended(600_000)
  return found
}

/** In this process, on the state that the agent left: what is written and how long it takes, fsync included. */
async function commit(state: string, repeats: number): Promise<Known['commit']> {
  const folder = await openStateFolder(state)
  const files: TrackedFile[] = []
  let session: SessionRecord | null = null
  const live = { files: () => files, session: () => session as unknown as SessionRecord, looked: () => null }
  const { checkpoint, loaded } = await Checkpoint.open(folder, live)
  files.push(...loaded.files.values())
  session = loaded.session
  const took: number[] = []
  const before = bytesIn(state)
  for (let i = 0; i < repeats; i++) {
    const some = files.slice(-moved)
    for (const file of some) file.dirty = true
    const begun = performance.now()
    await checkpoint.commit(some, null)
    took.push(performance.now() - begun)
  }
  const bytes = Math.round((bytesIn(state) - before) / repeats)
  await checkpoint.close()
  return { bytes, ms: median(took) }
}

function bytesIn(folder: string): number {
  const names = readdirSync(folder).filter((name) => name.startsWith('checkpoint'))
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
