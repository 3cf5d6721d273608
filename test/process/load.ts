/** Applications that write while the agent is started, stopped and killed: a file and a tag for each. */

import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startWriter, type Writer } from '../../tools/oracle/writer.ts'

export interface Load {
  readonly writers: Readonly<Record<string, Writer>>
  /** Lines written so far, by tag. */
  written(): Record<string, number>
  /** Writes no more; returns the lines written, by tag. */
  stop(): Record<string, number>
}

const files = 4

/** Four files that grow by `linesPerSecond` in all, in whole lines, until stopped or the test ends. */
export function startLoad(t: TestContext, folder: string, linesPerSecond = 20_000): Load {
  const tags = Array.from({ length: files }, (_, index) => `app${index + 1}`)
  const one = (tag: string): [string, Writer] => [
    tag,
    startWriter({ path: join(folder, `${tag}.log`), tag, linesPerSecond: linesPerSecond / files }),
  ]
  const writers = Object.fromEntries(tags.map(one))
  const each = (count: (writer: Writer) => number): Record<string, number> =>
    Object.fromEntries(Object.entries(writers).map(([tag, writer]) => [tag, count(writer)]))
  const stop = (): Record<string, number> => each((writer) => writer.stop())
  t.after(stop)
  return { writers, written: () => each((writer) => writer.written()), stop }
}
