/** What must not be, however busy the machine is; goals missed are for the reader of the report. */

import { nameOf } from './peers/pannier.ts'
import { producerPerformance } from './peers/producer-performance.ts'
import { ratio } from './report/goals.ts'
import type { Results } from './results.ts'
import type { Tally } from './tally.ts'

/** Of Kafka's own producer, by the default format. */
const least = 0.5

export function complaints({ throughput, codecs, scale, files = [] }: Results): string[] {
  const rows = throughput?.rows ?? []
  const own = rows.filter(({ name }) => name.startsWith(nameOf('')))
  const grown = [...(scale?.lines ?? []), ...(scale?.files ?? []), ...(scale?.partitions ?? [])]
  const counted: (readonly [string, Tally])[] = [
    ...own.map((row) => [row.name, row] as const),
    ...(codecs?.rows ?? []).map(({ name, row }) => [`compression = ${name}`, row] as const),
    ...grown.map((one) => [`scale, ${one.count}`, one] as const),
    ...files.map((known) => [`${known.files} known files`, known] as const),
  ]
  const lines = counted.flatMap(([name, { lost, duplicated, strange }]) =>
    lost + duplicated + strange === 0
      ? []
      : [`${name}: ${lost} lines lost, ${duplicated} duplicated, ${strange} strange`],
  )
  const json = rows.find(({ name }) => name === nameOf('json'))
  const producer = rows.find(({ name }) => name === producerPerformance.name)
  if (json === undefined || producer === undefined) return lines
  const share = ratio(json, producer)
  return share >= least ? lines : [...lines, `json ships at ${share.toFixed(2)} of ProducerPerformance, below ${least}`]
}
