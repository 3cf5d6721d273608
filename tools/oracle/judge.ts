/** The judge: what reached Kafka, counted as it came and again as a consumer would rebuild it. */

import { createReadStream } from 'node:fs'
import { guardedFolder } from '../kafka/guarded-folder.ts'
import { LineIds } from './line-ids.ts'
import type { TopicRecord } from './read-topic.ts'
import { isIdentical, type RestoredFile, RestoredFiles } from './restored-files.ts'
import { Sequence, type SequenceCounts } from './sequence.ts'
import { type DecodedMessage, decodeMessage } from './source-bytes.ts'

export interface TagReport extends SequenceCounts {
  readonly tag: string
  /** After de-duplication: each number once, and inside each file one after the other. */
  readonly exact: boolean
}

export interface Judge {
  /** Throws when the record is not what its metadata says. */
  feed(record: Pick<TopicRecord, 'value' | 'headers'>): DecodedMessage
  /** `expected`: the number of lines written, by tag; a tag that never came is reported too. */
  report(expected?: Readonly<Record<string, number>>): Promise<TagReport[]>
  files(): RestoredFile[]
  /** Is the file rebuilt under this id, byte for byte, the file at `path`? */
  bytesEqual(fileId: string, path: string): Promise<boolean>
  /** The id of a rebuilt file that is, byte for byte, the file at `path`; null if there is none. */
  identicalTo(path: string): Promise<string | null>
  /** Lines in the stream that carry no id, or whose beginning never came. */
  unreadable(): number
  /** Removes the rebuilt files. */
  close(): Promise<void>
}

export function openJudge(): Judge {
  const folder = guardedFolder('pannier-judge-')
  const restored = new RestoredFiles(folder.path)
  const raw = new Map<string, Sequence>()
  const stream = new LineIds((tag, seq) => sequenceOf(raw, tag).add(seq))
  return {
    feed(record) {
      const message = decodeMessage(record)
      stream.feed(message.fileId, message.offset, message.bytes)
      restored.add(message.fileId, message.filename, message.offset, message.bytes)
      return message
    },
    async report(expected = {}) {
      const rebuilt = await rebuiltSequences(restored.all())
      const tags = new Set([...Object.keys(expected), ...raw.keys()])
      return [...tags].toSorted().map((tag) => tagReport(tag, sequenceOf(raw, tag), rebuilt, expected[tag]))
    },
    files: () => restored.all(),
    async bytesEqual(fileId, path) {
      const file = restored.all().find((one) => one.fileId === fileId)
      return file !== undefined && isIdentical(file, path)
    },
    async identicalTo(path) {
      for (const file of restored.all()) if (await isIdentical(file, path)) return file.fileId
      return null
    },
    unreadable: () => stream.unreadable,
    close: () => folder.remove(),
  }
}

interface Rebuilt {
  readonly sequences: Map<string, Sequence>
  /** Tags of which a file holds a number that does not follow the one before it. */
  readonly broken: Set<string>
}

function tagReport(tag: string, raw: Sequence, rebuilt: Rebuilt, expected: number | undefined): TagReport {
  const counts = raw.counts(expected)
  const after = sequenceOf(rebuilt.sequences, tag).counts(counts.expected)
  const complete = after.lost === 0 && after.duplicated === 0 && after.unexpected === 0
  return { tag, ...counts, exact: complete && !rebuilt.broken.has(tag) }
}

async function rebuiltSequences(files: readonly RestoredFile[]): Promise<Rebuilt> {
  const sequences = new Map<string, Sequence>()
  const broken = new Set<string>()
  for (const { path, held } of files) {
    if (held.length === 0) continue
    const last = new Map<string, number>()
    const lines = new LineIds((tag, seq) => {
      sequenceOf(sequences, tag).add(seq)
      if (seq !== (last.get(tag) ?? seq - 1) + 1) broken.add(tag)
      last.set(tag, seq)
    })
    let offset = 0
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = Buffer.from(piece)
      lines.feed(path, offset, bytes)
      offset += bytes.length
    }
  }
  return { sequences, broken }
}

function sequenceOf(sequences: Map<string, Sequence>, tag: string): Sequence {
  const known = sequences.get(tag)
  if (known) return known
  const fresh = new Sequence()
  sequences.set(tag, fresh)
  return fresh
}
