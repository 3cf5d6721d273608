/** What was measured, part by part. It is kept as JSON beside the plots, so that a part can be measured anew without the others. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tally } from './tally.ts'

export interface Row extends Tally {
  readonly name: string
  readonly record: string
  readonly version: string
  /** One of each for each round: MB/s, CPU seconds for each GB, MB. */
  readonly rates: readonly number[]
  readonly cpuPerGb: readonly number[]
  readonly peakRss: readonly number[]
}

export interface Throughput {
  readonly mb: number
  readonly rows: readonly Row[]
  readonly leftOut: readonly string[]
}

/** Our own rows, beside what the codec does alone. */
export interface Packed {
  readonly name: string
  /** Of the same records, one batch after the other on one core: MB/s of source bytes, one for each round; empty for `none`. */
  readonly alone: readonly number[]
  /** Bytes of records before and after. */
  readonly ratio: number
  readonly row: Row
}

export interface Codecs {
  readonly mb: number
  readonly rows: readonly Packed[]
}

export interface Grown extends Tally {
  readonly count: number
  readonly cpu: number
  readonly bytes: number
}

export interface Scale {
  readonly total: number
  readonly lines: readonly Grown[]
  readonly files: readonly Grown[]
  readonly partitions: readonly Grown[]
}

export interface Idle {
  readonly files: number
  readonly seconds: number
  /** Percent of a core. */
  readonly percent: number
  readonly rss: number
}

export interface Known extends Tally {
  readonly files: number
  /** CPU seconds in which all of them were new and shipped. */
  readonly shipping: number
  /** Milliseconds from the start of the process to the first ack. */
  readonly firstAck: number
  /** CPU milliseconds of a look at all of them. */
  readonly look: number
  readonly handles: number
  readonly rss: number
  /** A checkpoint of ten of them. */
  readonly commit: { readonly bytes: number; readonly ms: number }
}

export interface Start {
  /** Milliseconds from the start of the process, with empty state, to the first ack. */
  readonly firstAck: readonly number[]
}

export interface Latency {
  readonly interval: string
  readonly lines: number
  /** Seconds. */
  readonly p50: number
  readonly p99: number
}

export interface Results {
  /** The day and the command, by part. */
  readonly by?: Readonly<Record<string, string>>
  readonly throughput?: Throughput
  readonly codecs?: Codecs
  readonly scale?: Scale
  readonly idle?: Idle
  readonly files?: readonly Known[]
  readonly start?: Start
  readonly latency?: readonly Latency[]
}

const path = fileURLToPath(new URL('../docs/benchmarks/results.json', import.meta.url))

/** Together with those of earlier calls. */
export function kept(fresh: Results): Results {
  const before = earlier()
  const all = { ...before, ...fresh, by: { ...before.by, ...fresh.by } }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`)
  return all
}

function earlier(): Results {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results
  } catch {
    return {}
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The smallest of the values that as large a share of all is not above. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
