// What a consumer that follows law 3 has of each file: the ranges it holds, the bytes in them, and what came twice or late.

import { type Range, takeNew } from '../../tools/oracle/ranges.ts'
import { type DecodedMessage, decodeMessage } from '../../tools/oracle/source-bytes.ts'
import type { Taken } from './broker.ts'

export interface HeldFile {
  readonly fileId: string
  readonly filename: string
  readonly ranges: Range[]
  bytes: Buffer
  readonly messages: DecodedMessage[]
  /** Bytes that were held already when they came. */
  duplicated: number
  /** Messages that began behind a hole when they came. */
  early: number
}

export function decodeAll(taken: readonly Taken[]): DecodedMessage[] {
  return taken.map((record) => decodeMessage({ ...record, headers: record.headers }))
}

export function heldFiles(taken: readonly Taken[]): Map<string, HeldFile> {
  const files = new Map<string, HeldFile>()
  for (const message of decodeAll(taken)) {
    const { fileId, filename } = message
    let file = files.get(fileId)
    if (file === undefined) {
      file = { fileId, filename, ranges: [], bytes: Buffer.alloc(0), messages: [], duplicated: 0, early: 0 }
      files.set(fileId, file)
    }
    add(file, message)
  }
  return files
}

function add(file: HeldFile, message: DecodedMessage): void {
  const { offset, bytes } = message
  const end = offset + bytes.length
  if (offset > (file.ranges[0]?.[1] ?? 0)) file.early++
  file.messages.push(message)
  if (file.bytes.length < end) file.bytes = Buffer.concat([file.bytes, Buffer.alloc(end - file.bytes.length)])
  let fresh = 0
  for (const [from, to] of takeNew(file.ranges, offset, end)) {
    bytes.copy(file.bytes, from, from - offset, to - offset)
    fresh += to - from
  }
  file.duplicated += bytes.length - fresh
}
