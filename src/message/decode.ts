// A Kafka record as the source bytes that it claims to hold. Anybody may write to a topic: nothing in a record is believed unseen. Pure.

import { crc32 } from 'node:zlib'
import { PannierError } from '../support/errors.ts'
import { type Charset, charsetNamed, utf8 } from '../text/charset.ts'
import { hex32 } from './format.ts'

export interface Received {
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, unknown>>
}

/** Which bytes a record says that it holds. */
export interface Claim {
  readonly fileId: string
  readonly filename: string
  readonly offset: number
  /** In source bytes, line ends counted. */
  readonly length: number
}

export interface Decoded extends Claim {
  /** Null where the record does not say (`line_headers = minimal`). */
  readonly session: string | null
  /** Of the source bytes; undefined where it is UTF-8. */
  readonly charset: string | undefined
  readonly bytes: Buffer
}

export type Verdict =
  | { readonly kind: 'message'; readonly message: Decoded }
  /** It names no file: not a message of Pannier's. */
  | { readonly kind: 'foreign' }
  /** `claim` is null where not even that can be read. */
  | { readonly kind: 'damaged'; readonly reason: string; readonly claim: Claim | null }

type Fields = Readonly<Record<string, unknown>>

/** Never throws. */
export function decode({ value, headers }: Received): Verdict {
  if (value === null) return { kind: 'foreign' }
  const named = textHeaders(headers)
  if (named['file_id'] !== undefined) {
    return judged(named, (claim) => (named['crc32'] === undefined ? lineBytes(value, named, claim) : value))
  }
  const envelope = envelopeIn(value)
  if (envelope === null) return { kind: 'foreign' }
  return judged(envelope, () => contentBytes(envelope))
}

function judged(fields: Fields, bytesOf: (claim: Claim) => Buffer): Verdict {
  let claim: Claim | null = null
  try {
    claim = claimOf(fields)
    const bytes = bytesOf(claim)
    if (bytes.length !== claim.length)
      throw fault(`it holds ${bytes.length} bytes, not the ${claim.length} that it says`)
    const said = fields['crc32']
    const sum = said === undefined ? undefined : hex32(crc32(bytes))
    if (said !== sum) throw fault(`its bytes have the crc32 ${sum}, not ${shown(said)} as it says`)
    const session = fields['session'] === undefined ? null : text(fields, 'session')
    const charset = fields['charset'] === undefined ? undefined : text(fields, 'charset')
    return { kind: 'message', message: { ...claim, session, charset, bytes } }
  } catch (error) {
    if (!(error instanceof PannierError)) throw error
    return { kind: 'damaged', reason: error.message, claim }
  }
}

function claimOf(fields: Fields): Claim {
  const version = fields['v']
  if (version !== undefined && version !== 1 && version !== '1')
    throw fault(`it has the envelope version ${shown(version)}; this Pannier knows version 1`)
  const fileId = text(fields, 'file_id')
  if (!/^[0-9a-f]{32}$/.test(fileId)) throw fault(`its file_id is ${shown(fileId)}, not 32 hex digits`)
  const offset = integer(fields, 'offset')
  const length = integer(fields, 'length')
  if (!Number.isSafeInteger(offset + length)) throw fault(`its end is beyond any file: ${offset} + ${length}`)
  return { fileId, filename: text(fields, 'filename'), offset, length }
}

/** Null for what is no envelope at all. */
function envelopeIn(value: Buffer): Fields | null {
  try {
    const document: unknown = JSON.parse(value.toString())
    const isFields = typeof document === 'object' && document !== null && !Array.isArray(document)
    return isFields && Object.hasOwn(document, 'file_id') ? (document as Fields) : null
  } catch {
    return null
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function contentBytes(envelope: Fields): Buffer {
  if (envelope['crc32'] === undefined) throw fault('it has no crc32')
  const content = text(envelope, 'content')
  const { content_encoding: encoding } = envelope
  if (encoding === 'base64' && BASE64.test(content)) return Buffer.from(content, 'base64')
  if (encoding !== undefined) throw fault(`its content is no ${shown(encoding)}`)
  return charsetIn(envelope).encode(content)
}

/** UTF-8 where a message names none. */
function charsetIn({ charset }: Fields): Charset {
  const known = charset === undefined ? utf8 : typeof charset === 'string' ? charsetNamed(charset) : undefined
  if (known === undefined) throw fault(`its charset is ${shown(charset)}, which this Pannier cannot write`)
  return known
}

/** The length tells which line end the value has lost. */
function lineBytes(value: Buffer, headers: Fields, { length }: Claim): Buffer {
  const charset = charsetIn(headers)
  const isBinary = headers['content_encoding'] === 'binary'
  const line = isBinary || charset === utf8 ? value : charset.encode(value.toString())
  const lineEnd = ['', '\n', '\r\n'][(length - line.length) / charset.ends.unit]
  if (lineEnd === undefined) throw fault(`its line has ${line.length} bytes, which with no line end make ${length}`)
  return lineEnd === '' ? line : Buffer.concat([line, charset.encode(lineEnd)])
}

/** A header that comes twice counts as the array that it is, and fits nothing. */
function textHeaders(headers: Fields): Record<string, unknown> {
  const entries = Object.entries(headers).map(([name, value]) => [name, Buffer.isBuffer(value) ? String(value) : value])
  return Object.fromEntries(entries)
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string') return value
  throw fault(`its ${name} is ${shown(value)}, not text`)
}

/** A number in JSON, its digits in a header. */
function integer(fields: Fields, name: string): number {
  const value = fields[name]
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw fault(`its ${name} is ${shown(value)}, not a whole number`)
}

const SHOWN_AT_MOST = 60

/** A foreign value in a message for people: never more than a glance of it. */
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'not there').slice(0, SHOWN_AT_MOST)

const fault = (message: string): PannierError => new PannierError(message, { code: 'MESSAGE_DAMAGED' })
