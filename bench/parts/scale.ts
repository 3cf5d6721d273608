/** What Pannier costs as files, lines and partitions grow tenfold: CPU time, which other work on the machine disturbs least. */

import type { Sizes } from '../options.ts'
import { spentOnce } from '../peers/pannier.ts'
import { type Place, partitions } from '../place.ts'
import type { Grown, Scale } from '../results.ts'
import { readPannier, tally } from '../tally.ts'
import { writeWorkload } from '../workload.ts'
import type { Say } from './throughput.ts'

interface Size {
  readonly count: number
  readonly files: number
  readonly bytes: number
  readonly partitions: number
}

/** More than partitions, so that each of them gets some. */
const filesOverPartitions = 1000

export async function scale(place: Place, sizes: Sizes, say: Say): Promise<Scale> {
  const bytes = sizes.scaleTotal * 1e6
  const usual = { files: 10, bytes, partitions }
  const of = (what: string, all: readonly Size[]): Promise<Grown[]> => grow(place, what, all, say)
  return {
    total: sizes.scaleTotal,
    lines: await of(
      'MB',
      sizes.scaleMb.map((count) => ({ ...usual, count, bytes: count * 1e6 })),
    ),
    files: await of(
      'files',
      sizes.scaleFiles.map((count) => ({ ...usual, count, files: count })),
    ),
    partitions: await of(
      'partitions',
      sizes.scalePartitions.map((count) => ({ ...usual, count, files: filesOverPartitions, partitions: count })),
    ),
  }
}

async function grow(place: Place, what: string, all: readonly Size[], say: Say): Promise<Grown[]> {
  const grown: Grown[] = []
  for (const size of all) {
    const one = await cost(place, size)
    grown.push(one)
    say(`${size.count} ${what}: ${one.cpu.toFixed(2)} s of CPU, ${one.lost} lost, ${one.duplicated} duplicated`)
  }
  return grown
}

function cost(place: Place, size: Size): Promise<Grown> {
  return place.withFolder(({ path }) =>
    place.withTopic(async (topic) => {
      const workload = writeWorkload(path, size.files, size.bytes)
      const settings = {
        basic_conf: { inputpath: workload.glob },
        kafka_conf: { brokers: place.brokers.join(','), topic },
        log_conf: { level: 'warn' },
      }
      const { cpu } = await place.withHome(settings, spentOnce)
      const counts = await tally(place.brokers, topic, workload.lines, readPannier)
      return { count: size.count, cpu, bytes: workload.bytes, ...counts }
    }, size.partitions),
  )
}
