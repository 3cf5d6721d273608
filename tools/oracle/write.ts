/** `npx tsx tools/oracle/write.ts --path FILE --tag TAG --rate N [--count N] [--from N]`: the paced writer as a process. */

import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startWriter, writeLines } from './writer.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { path: text, tag: text, rate: text, count: text, from: text, 'invalid-every': text },
})
const number = (value: string | undefined, otherwise: number): number =>
  value === undefined ? otherwise : Number(value)
const { path, tag } = values
if (!path || !tag || (values.rate ?? values.count) === undefined) {
  console.error('--path FILE, --tag TAG and one of --rate N and --count N are needed')
  process.exit(2)
}
const options = { path, tag, from: number(values.from, 0), invalidEvery: number(values['invalid-every'], 0) }
const count = number(values.count, Number.POSITIVE_INFINITY)

if (values.rate === undefined) {
  writeLines({ ...options, count })
  console.log(count)
} else {
  const told = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => told.abort())
  const writer = startWriter({ ...options, linesPerSecond: Number(values.rate), count })
  while (!told.signal.aborted && writer.written() < count) await delay(20)
  // The last line of output is the number of lines that are in the file.
  console.log(writer.stop())
}
