/** Turns a record back into the source bytes it claims to hold, and refuses it when the claim is wrong. */

import { crc32 } from 'node:zlib'
import { encoded } from './encode.ts'
import type { TopicRecord } from './read-topic.ts'

export interface DecodedMessage {
  readonly format: 'json' | 'raw' | 'line'
  readonly fileId: string
  readonly filename: string
  readonly offset: number
  /** In source bytes, line ends counted. */
  readonly length: number
  /** null where the format does not say. */
  readonly session: string | null
  readonly bytes: Buffer
  readonly part?: number
  readonly last?: boolean
  readonly partial?: boolean
  readonly lines?: number
  readonly crc32?: string
}

type Fields = Readonly<Record<string, unknown>>
type Received = Pick<TopicRecord, 'value' | 'headers'> & Partial<Pick<TopicRecord, 'partition' | 'offset'>>

export function decodeMessage(record: Received): DecodedMessage {
  const { value, headers } = record
  try {
    if (headers['file_id'] === undefined) return verified(fromEnvelope(value))
    return headers['crc32'] === undefined ? fromLine(value, headers) : verified(fromRaw(value, headers))
  } catch (error) {
    throw new Error(`partition ${record.partition} offset ${record.offset}: ${String(error)}`, { cause: error })
  }
}

function fromEnvelope(value: Buffer): DecodedMessage {
  const envelope: unknown = JSON.parse(value.toString('utf8'))
  if (!isFields(envelope)) throw new Error('the value is not a JSON object and no header names a file')
  if (envelope['v'] !== 1) throw new Error(`envelope version ${JSON.stringify(envelope['v'])}`)
  return { format: 'json', ...metadata(envelope), bytes: contentBytes(envelope) }
}

function fromRaw(value: Buffer, headers: Fields): DecodedMessage {
  return { format: 'raw', ...metadata(headers), bytes: value }
}

/** The length tells which line end the value has lost. */
function fromLine(value: Buffer, headers: Fields): DecodedMessage {
  const message = metadata(headers)
  const charset = headers['charset'] === undefined ? 'utf-8' : text(headers, 'charset')
  const isBinary = headers['content_encoding'] === 'binary' || charset === 'utf-8'
  const line = isBinary ? value : written(value.toString(), charset)
  const lineEnd = ['', '\n', '\r\n'][(message.length - line.length) / (charset.startsWith('utf-16') ? 2 : 1)]
  if (lineEnd === undefined) throw new Error(`length ${message.length} of a line of ${line.length} bytes`)
  return { format: 'line', ...message, bytes: Buffer.concat([line, written(lineEnd, charset)]) }
}

function metadata(fields: Fields): Omit<DecodedMessage, 'format' | 'bytes'> {
  const fileId = text(fields, 'file_id')
  if (!/^[0-9a-f]{32}$/.test(fileId)) throw new Error(`file_id ${fileId}`)
  return {
    fileId,
    filename: text(fields, 'filename'),
    offset: integer(fields, 'offset'),
    length: integer(fields, 'length'),
    session: fields['session'] === undefined ? null : text(fields, 'session'),
    ...(fields['part'] !== undefined && { part: integer(fields, 'part') }),
    ...(fields['last'] !== undefined && { last: truth(fields, 'last') }),
    ...(fields['partial'] !== undefined && { partial: truth(fields, 'partial') }),
    ...(fields['lines'] !== undefined && { lines: integer(fields, 'lines') }),
    ...(fields['crc32'] !== undefined && { crc32: text(fields, 'crc32') }),
  }
}

function contentBytes(envelope: Fields): Buffer {
  const content = text(envelope, 'content')
  if (envelope['content_encoding'] === 'base64') return Buffer.from(content, 'base64')
  if (envelope['content_encoding'] !== undefined)
    throw new Error(`content_encoding ${JSON.stringify(envelope['content_encoding'])}`)
  const charset = envelope['charset'] === undefined ? 'utf-8' : text(envelope, 'charset')
  return written(content, charset)
}

function written(content: string, charset: string): Buffer {
  const bytes = encoded(content, charset.toLowerCase())
  if (bytes === undefined) throw new Error(`charset ${charset} is not one that the judge can write`)
  return bytes
}

function verified(message: DecodedMessage): DecodedMessage {
  const { bytes, length } = message
  if (bytes.length !== length) throw new Error(`length ${length}, but the content is ${bytes.length} bytes`)
  const sum = crc32(bytes).toString(16).padStart(8, '0')
  if (sum !== message.crc32) throw new Error(`crc32 ${message.crc32}, but that of the content is ${sum}`)
  return message
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string') throw new Error(`${name} is ${JSON.stringify(value)}, not text`)
  return value
}

/** A number in JSON, its digits in a header. */
function integer(fields: Fields, name: string): number {
  const value = fields[name]
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new Error(`${name} is ${JSON.stringify(value)}, not a whole number`)
  }
  return number
}

function truth(fields: Fields, name: string): boolean {
  const value = fields[name]
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Error(`${name} is ${JSON.stringify(value)}, not true or false`)
}
