/** Counts the lines of a topic by the ids in them: which never came, and which came again. A fast loss is no result. */

import { LineIds } from '../tools/oracle/line-ids.ts'
import { readTopic, type TopicRecord } from '../tools/oracle/read-topic.ts'
import { Sequence } from '../tools/oracle/sequence.ts'
import { decodeMessage } from '../tools/oracle/source-bytes.ts'
import { tag } from './workload.ts'

export interface Tally {
  readonly lost: number
  readonly duplicated: number
  /** Lines that nobody wrote, or that carry no id. */
  readonly strange: number
}

type Record = Pick<TopicRecord, 'partition' | 'value' | 'headers'>

export interface Piece {
  readonly file: string
  readonly offset: number
  readonly bytes: Buffer
}

/** Which bytes of which file a record holds. */
export type Reading = (record: Record) => Piece

export const readPannier: Reading = (record) => {
  const { fileId, offset, bytes } = decodeMessage(record)
  return { file: fileId, offset, bytes }
}

const newline = Buffer.from('\n')

/** A peer's record is a line without its line end: whole in itself, wherever it stood. */
export const readLine: Reading = ({ value }) => ({ file: '', offset: 0, bytes: Buffer.concat([value, newline]) })

/** The same as a JSON string, which is what the encoding `raw` of an OpenTelemetry Collector makes of a line. */
export const readJsonLine: Reading = ({ value }) => ({
  file: '',
  offset: 0,
  bytes: Buffer.from(`${JSON.parse(value.toString())}\n`),
})

export class LineTally {
  readonly #sequence = new Sequence()
  readonly #reading: Reading
  readonly #lines = new LineIds((name, seq) => {
    if (name === tag) this.#sequence.add(seq)
    else this.#strangers++
  })
  #strangers = 0

  constructor(reading: Reading) {
    this.#reading = reading
  }

  add(record: Record): void {
    const { file, offset, bytes } = this.#reading(record)
    this.#lines.feed(file, offset, bytes)
  }

  /** `written`: the lines 0 to `written` were. */
  counts(written: number): Tally {
    const { lost, duplicated, unexpected } = this.#sequence.counts(written)
    return { lost, duplicated, strange: unexpected + this.#strangers + this.#lines.unreadable }
  }
}

export async function tally(
  brokers: readonly string[],
  topic: string,
  written: number,
  reading: Reading,
): Promise<Tally> {
  const lines = new LineTally(reading)
  for await (const record of readTopic(brokers, topic)) lines.add(record)
  return lines.counts(written)
}
