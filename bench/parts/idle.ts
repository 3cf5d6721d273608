/** What an agent costs that has nothing to do: 1,000 quiet files, the default interval of a second. */

import { setTimeout as delay } from 'node:timers/promises'
import { cpuOf, rssOf } from '../cost.ts'
import type { Sizes } from '../options.ts'
import { spentOnce } from '../peers/pannier.ts'
import type { Place } from '../place.ts'
import type { Idle } from '../results.ts'
import { writeWorkload } from '../workload.ts'
import { settled } from './settled.ts'

const files = 1000

export async function idle(place: Place, { idleSeconds }: Sizes): Promise<Idle> {
  return place.withFolder(({ path }) =>
    place.withTopic((topic) => {
      const { glob } = writeWorkload(path, files, 0)
      const settings = {
        basic_conf: { inputpath: glob, interval: '1s', close_inactive: '1s' },
        kafka_conf: { brokers: place.brokers.join(','), topic },
        log_conf: { level: 'warn' },
      }
      return place.withHome(settings, async (home) => {
        await spentOnce(home)
        const agent = home.start()
        await settled(agent.pid, 0.02)
        const before = cpuOf(agent.pid)
        const begun = performance.now()
        await delay(idleSeconds * 1000)
        const seconds = (performance.now() - begun) / 1000
        const percent = ((cpuOf(agent.pid) - before) / seconds) * 100
        const rss = rssOf(agent.pid)
        agent.signal('SIGTERM')
        await agent.ended()
        return { files, seconds, percent, rss }
      })
    }),
  )
}
