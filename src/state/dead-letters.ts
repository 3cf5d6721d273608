// Messages that Kafka will never take, with their address: durable here before the committed offset passes them (law 8).

import type { StateFolder } from './folder.ts'

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

const NAME = 'dead-letters.jsonl'

/** Durable when it resolves: one line of JSON for each letter, with the time (ISO 8601). Rejects with a PannierError. */
export async function bury(folder: StateFolder, letters: readonly DeadLetter[], now: number): Promise<void> {
  const time = new Date(now).toISOString()
  const file = await folder.openAppend(NAME)
  try {
    // A full disk or a crash may have left half a line: what comes now must not be joined to it.
    const fresh = file.size === 0 ? '' : '\n'
    await file.append(Buffer.from(fresh + letters.map((letter) => `${JSON.stringify({ time, ...letter })}\n`).join('')))
  } finally {
    await file.close()
  }
}
