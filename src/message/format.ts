// What a message format must offer the stages chunk and wrap; one object for each file and session.

import type { Measure, Piece } from '../lines/chunk.ts'

/** What all messages of a file in a session say. */
export interface FileMeta {
  readonly filename: string
  readonly host: string
  readonly session: string
  readonly fileId: string
  readonly fields: Readonly<Record<string, string>>
}

/** One piece that is about to be laid out. */
export interface Content {
  readonly bytes: Buffer
  readonly piece: Piece
  readonly offset: number
  readonly crc32: number
  /** Milliseconds since the epoch at which the bytes were read. */
  readonly readTime: number
}

export interface Format extends Measure {
  /** Messages that the piece becomes. */
  records(piece: Piece): number
  /** Lays the records out in `into` from `at`, numbered from `index`; returns the position behind them. */
  write(into: Buffer, at: number, index: number, content: Content): number
}

/** 8 lower-case hex digits. */
export const hex32 = (value: number): string => value.toString(16).padStart(8, '0')
