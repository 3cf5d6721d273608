/** How long a sidecar takes from its start to its first ack, without any state: one file, one line. */

import type { Sizes } from '../options.ts'
import type { Place } from '../place.ts'
import type { Start } from '../results.ts'
import { watchTopic } from '../watch.ts'
import { writeWorkload } from '../workload.ts'

const most = 10

export async function start(place: Place, { repeats }: Sizes): Promise<Start> {
  const firstAck: number[] = []
  for (let i = 0; i < Math.min(repeats, most); i++) firstAck.push(await startOnce(place))
  return { firstAck }
}

function startOnce(place: Place): Promise<number> {
  return place.withFolder(({ path }) =>
    place.withTopic((topic) => {
      const settings = {
        basic_conf: { inputpath: writeWorkload(path, 1, 0).glob },
        kafka_conf: { brokers: place.brokers.join(','), topic },
      }
      return place.withHome(settings, async (home) => {
        const watch = await watchTopic(place.brokers, topic)
        const arrives = watch.next()
        const begun = performance.now()
        const agent = home.start()
        const { at } = await arrives
        await watch.close()
        agent.signal('SIGTERM')
        await agent.ended()
        return at - begun
      })
    }),
  )
}
