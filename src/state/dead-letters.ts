// Messages that Kafka will never take, with their address: durable here before the committed offset passes them (law 8).

import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { StateFolder } from './folder.ts'
import { folderFault, isAbsent } from './folder-fault.ts'

export interface DeadLetter {
  readonly file_id: string
  readonly filename: string
  readonly offset: number
  readonly length: number
  /** The broker's answer. */
  readonly reason: string
  /** The values of its messages, base64. */
  readonly messages: readonly string[]
}

export const DEAD_LETTERS = 'dead-letters.jsonl'

/** Durable when it resolves: one line of JSON for each letter, with the time (ISO 8601). Rejects with a PannierError. */
export async function bury(folder: StateFolder, letters: readonly DeadLetter[], now: number): Promise<void> {
  const time = new Date(now).toISOString()
  const file = await folder.openAppend(DEAD_LETTERS)
  try {
    // A full disk or a crash may have left half a line: what comes now must not be joined to it.
    const fresh = file.size === 0 ? '' : '\n'
    await file.append(Buffer.from(fresh + letters.map((letter) => `${JSON.stringify({ time, ...letter })}\n`).join('')))
  } finally {
    await file.close()
  }
}

const LF = 0x0a
const BEGIN = '{'.charCodeAt(0)
const END = '}'.charCodeAt(0)

/** How many letters the state directory holds, counted in passing. Half a line, of a crash, is none. */
export async function countDeadLetters(stateDir: string): Promise<number> {
  const path = join(stateDir, DEAD_LETTERS)
  let letters = 0
  let first = 0
  let last = 0
  try {
    for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
      for (let from = 0; from < bytes.length; ) {
        const lineFeed = bytes.indexOf(LF, from)
        const end = lineFeed < 0 ? bytes.length : lineFeed
        if (first === 0) first = bytes[from] ?? 0
        if (end > from) last = bytes[end - 1] ?? 0
        from = end + 1
        if (lineFeed < 0) continue
        if (first === BEGIN && last === END) letters++
        first = last = 0
      }
    }
  } catch (error) {
    if (!isAbsent(error)) throw folderFault('read', path, error)
  }
  return letters
}
