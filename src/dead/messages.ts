// The messages that a dead letter becomes: those that were refused, byte for byte, or its line as one message. Pure.

import { crc32 } from 'node:zlib'
import { cut } from '../lines/chunk.ts'
import { BATCH_HEAD, type Batch, newBatch } from '../message/batch.ts'
import { decode } from '../message/decode.ts'
import { hex32 } from '../message/format.ts'
import { formatNamed } from '../message/formats.ts'
import { batchOf } from '../message/pack.ts'
import { topicOrTemplate } from '../message/topic-name.ts'
import type { DeadLetter, LineLetter, RefusedLetter } from '../state/dead-letter.ts'
import { charsetNamed, utf8 } from '../text/charset.ts'

export interface Place {
  readonly topic: string
  readonly partition: number | null
}

/** Why it stays. */
export type Stays = { readonly stays: string }
export type Ready = { readonly place: Place; readonly batch: (limit: number, now: number) => Batch | Stays }

/**
 * @param letters the parts of one letter, in order
 * @param birth where the file's messages go, as the state says: for letters of an older version, which do not say so
 */
export function messagesFor(letters: readonly DeadLetter[], birth: Place | null): Ready | Stays {
  const [first] = letters
  if (first === undefined) return { stays: 'it holds nothing' }
  if ('bytes' in first) return asLine(letters as readonly LineLetter[])
  return asRefused(first, birth)
}

function asRefused(letter: RefusedLetter, birth: Place | null): Ready | Stays {
  const values = letter.messages.map((message) => Buffer.from(message, 'base64'))
  const place =
    letter.topic === undefined ? placeOf(values, birth) : { topic: letter.topic, partition: partitionOf(letter) }
  if ('stays' in place) return place
  const key = Buffer.from(letter.key ?? letter.filename)
  const messages = values.map((value, index) => ({ key, value, headers: letter.headers?.[index] ?? {} }))
  return {
    place,
    batch(limit, timestamp) {
      const batch = batchOf(messages, { topic: place.topic, partition: place.partition ?? 0, timestamp })
      return batch.end <= limit ? batch : tooLarge(`${batch.end} bytes`, limit)
    },
  }
}

/** An older version wrote down values alone. */
function placeOf(values: readonly Buffer[], birth: Place | null): Place | Stays {
  const verdicts = values.map((value) => decode({ value, headers: {} }))
  const [first] = verdicts
  if (first?.kind !== 'message' || verdicts.some(({ kind }) => kind !== 'message'))
    return { stays: 'an older version wrote it without its headers: rewind the file to its offset' }
  if (birth === null) return { stays: 'an older version wrote it without its topic, and its file is forgotten' }
  return { ...birth, topic: topicOrTemplate(birth.topic, first.message.session ?? '') }
}

function asLine(parts: readonly LineLetter[]): Ready | Stays {
  const [first] = parts as readonly [LineLetter, ...LineLetter[]]
  const { topic, host, session, format = 'raw', line = first.offset, fields = {}, line_headers = 'minimal' } = first
  if (topic === undefined || host === undefined || session === undefined) return { stays: 'its address is not whole' }
  const length = parts.reduce((end, part) => Math.max(end, part.offset + part.length), line) - line
  const place = { topic, partition: partitionOf(first) }
  return {
    place,
    batch(limit, timestamp) {
      if (length > limit - BATCH_HEAD) return tooLarge(`more than ${length} bytes`, limit)
      const bytes = joined(parts, line, length)
      if (hex32(crc32(Buffer.from(first.bytes, 'base64'))) !== first.crc32) return { stays: 'its bytes are damaged' }
      const meta = { filename: first.filename, host, session, fileId: first.file_id, fields }
      const charset = charsetNamed(first.charset ?? utf8.name)
      if (charset === undefined) return { stays: `its charset ${first.charset} is not known` }
      const shape = formatNamed(format, meta, line_headers, charset)
      const room = limit - BATCH_HEAD
      const piece = cut({ bytes, offset: line, carry: null, tail: 'wait' }, shape, room, room)
      if (piece === 'wait' || piece === 'full' || piece.bytes < length)
        return tooLarge(`more than ${length} bytes with its metadata`, limit)
      const slab = { bytes: Buffer.allocUnsafe(limit) }
      const batch = newBatch({ topic, partition: place.partition ?? 0, slab, limit, timestamp })
      const content = { bytes, piece, offset: line, crc32: crc32(bytes), readTime: timestamp }
      batch.end = shape.write(slab.bytes, batch.end, 0, content)
      batch.records = shape.records(piece)
      return batch
    },
  }
}

function joined(parts: readonly LineLetter[], line: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (const part of parts) Buffer.from(part.bytes, 'base64').copy(bytes, part.offset - line)
  return bytes
}

const partitionOf = ({ partition }: DeadLetter): number | null => partition ?? null

const tooLarge = (needs: string, limit: number): Stays => ({ stays: `it needs ${needs}, and the topic takes ${limit}` })
