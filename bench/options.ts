/** How much is measured: all of it for the record, a little of each part with `--quick`, and single sizes by hand. */

import { parseArgs } from 'node:util'

export const PARTS = ['throughput', 'codecs', 'scale', 'idle', 'files', 'start', 'latency'] as const
export type Part = (typeof PARTS)[number]

export interface Sizes {
  /** MB of the workload, in ten files. */
  readonly mb: number
  readonly rounds: number
  /** MB that are shipped with each codec. */
  readonly codecMb: number
  /** What grows tenfold: MB in ten files, files and partitions of `scaleTotal` MB. */
  readonly scaleMb: readonly number[]
  readonly scaleFiles: readonly number[]
  readonly scalePartitions: readonly number[]
  readonly scaleTotal: number
  /** Seconds over which idle agents are watched. */
  readonly idleSeconds: number
  /** Numbers of known files, the smallest for comparison. */
  readonly known: readonly number[]
  /** Looks at all known files, and checkpoints of ten of them. */
  readonly repeats: number
  /** Lines whose way to their ack is timed, for each interval. */
  readonly lines: number
}

const FULL: Sizes = {
  mb: 500,
  rounds: 3,
  codecMb: 1000,
  scaleMb: [50, 500, 5000],
  scaleFiles: [10, 100, 1000, 10_000],
  scalePartitions: [1, 10, 100],
  scaleTotal: 500,
  idleSeconds: 60,
  known: [10, 10_000, 100_000],
  repeats: 20,
  lines: 300,
}

const QUICK: Sizes = {
  mb: 200,
  rounds: 1,
  codecMb: 50,
  scaleMb: [20, 200],
  scaleFiles: [10, 100, 1000],
  scalePartitions: [1, 10],
  scaleTotal: 50,
  idleSeconds: 4,
  known: [10, 1000],
  repeats: 3,
  lines: 20,
}

export interface Options {
  readonly parts: readonly Part[]
  readonly sizes: Sizes
  readonly quick: boolean
  /** docs/benchmarks.md is written. */
  readonly writes: boolean
}

export const USAGE = `npm run bench -- [--quick] [--only PART[,PART]] [--write | --no-write] [sizes]
  parts: ${PARTS.join(', ')}
  sizes: --mb 500  --rounds 3  --codec-mb 1000  --scale-mb 50,500  --scale-files 10,100  --scale-partitions 1,10  --scale-total 500
         --idle-seconds 60  --known 10,10000,100000  --repeats 20  --lines 300
  PANNIER_BENCH_OTELCOL=PATH names an OpenTelemetry Collector with filelog receiver, kafka exporter and file_storage`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** Throws with words for a person when an option is not known or makes no sense. */
export function optionsOf(args: readonly string[]): Options {
  const single = {
    mb: text,
    rounds: text,
    'codec-mb': text,
    'scale-total': text,
    'idle-seconds': text,
    repeats: text,
    lines: text,
  }
  const lists = { 'scale-mb': text, 'scale-files': text, 'scale-partitions': text, known: text }
  const flags = { quick: flag, write: flag, 'no-write': flag }
  const { values } = parseArgs({ args: [...args], options: { ...flags, only: text, ...single, ...lists } })
  const base = values.quick === true ? QUICK : FULL
  const one = (name: keyof typeof single, otherwise: number): number => numbers(name, values[name])[0] ?? otherwise
  const list = (name: keyof typeof lists, otherwise: readonly number[]): readonly number[] =>
    values[name] === undefined ? otherwise : numbers(name, values[name])
  return {
    parts: values.only === undefined ? PARTS : values.only.split(',').map(partOf),
    quick: values.quick === true,
    writes: values.write ?? (values.quick !== true && values['no-write'] !== true),
    sizes: {
      mb: one('mb', base.mb),
      rounds: one('rounds', base.rounds),
      codecMb: one('codec-mb', base.codecMb),
      scaleMb: list('scale-mb', base.scaleMb),
      scaleFiles: list('scale-files', base.scaleFiles),
      scalePartitions: list('scale-partitions', base.scalePartitions),
      scaleTotal: one('scale-total', base.scaleTotal),
      idleSeconds: one('idle-seconds', base.idleSeconds),
      known: list('known', base.known),
      repeats: one('repeats', base.repeats),
      lines: one('lines', base.lines),
    },
  }
}

function numbers(name: string, given: string | undefined): number[] {
  if (given === undefined) return []
  const all = given.split(',').map(Number)
  if (all.some((one) => !(one > 0))) throw new Error(`--${name} ${given}: numbers above 0, separated by commas`)
  return all
}

function partOf(name: string): Part {
  const part = PARTS.find((one) => one === name)
  if (part === undefined) throw new Error(`--only ${name}: ${PARTS.join(', ')}`)
  return part
}
