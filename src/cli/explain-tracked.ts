// What `explain` says of a file that the agent has, or would have, in its catalogue.

import type { Parts } from '../agent.ts'
import { inputNamed, largestBatch } from '../config/config.ts'
import { lastLineEnd } from '../files/evidence.ts'
import { fileCharset } from '../files/file-charset.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { topicInSession } from '../message/topic-name.ts'
import { readable } from '../support/errors.ts'
import { canBeRead } from '../work.ts'
import type { Explained, Overheard } from './explain-files.ts'

export async function explainTracked(file: TrackedFile, parts: Parts, overheard: Overheard): Promise<Explained> {
  const known = overheard.known.has(file.id)
  const from = file.cursor.offset
  const base = { path: file.path, input: file.birth.input, from, file_id: known ? file.id : null }
  const note = overheard.noteOn(file)
  const left = file.size - from
  if (file.life === 'gone') return { ...base, verdict: 'skipped', from: null, bytes: 0, waiting: 0, reason: note }
  const obstacle = overheard.refused.get(file.path) ?? (canBeRead(file) ? topicFault(file, parts) : (note ?? file.life))
  if (obstacle !== null && left > 0) return { ...base, verdict: 'waits', bytes: 0, waiting: left, reason: obstacle }
  if (left === 0) return { ...base, verdict: 'settled', bytes: 0, waiting: 0, reason: settledReason(file, known, note) }
  const waiting = await unfinished(file, parts)
  const reason = [note ?? (known ? '' : 'a new file'), waiting > 0 ? whenFinished(file, waiting, parts) : '']
  const verdict = left > waiting ? 'ships' : 'waits'
  return {
    ...base,
    verdict,
    bytes: left - waiting,
    waiting,
    reason: reason.filter((part) => part !== '').join('; ') || null,
  }
}

function settledReason({ size, birth }: TrackedFile, known: boolean, note: string | null): string {
  const prefix = note === null ? '' : `${note}; `
  if (!known && birth.start > 0) return `${prefix}start_at = end leaves out its ${size} bytes; what is appended ships`
  return size === 0 ? `${prefix}it is empty` : `${prefix}all ${size} bytes are settled`
}

function topicFault(file: TrackedFile, { sessions }: Parts): string | null {
  try {
    topicInSession(file.birth.topic, sessions.current.id)
    return null
  } catch (error) {
    return readable(error)
  }
}

/** Bytes behind the last line end. */
async function unfinished(file: TrackedFile, { world }: Parts): Promise<number> {
  // To find its last line end, all of it would have to be decompressed.
  if (file.identity.packed !== undefined) return 0
  const handle = await world.disk.open(file.path)
  try {
    const { charset } = inputNamed(world.config.inputs, file.birth.input)
    const { offset } = await lastLineEnd(handle, file.size, (await fileCharset(charset, handle)).ends)
    return file.size - Math.max(offset, file.cursor.offset)
  } finally {
    await handle.close()
  }
}

function whenFinished(file: TrackedFile, waiting: number, { world: { config } }: Parts): string {
  const input = config.inputs.find(({ name }) => name === file.birth.input)
  const { maxMessageLength = 'auto' } = input?.message ?? {}
  const longest = maxMessageLength === 'auto' ? largestBatch(config) : maxMessageLength
  if (file.life !== 'living') return 'its unfinished last line ships after rotated_quiet'
  if (waiting >= longest) return 'its unfinished last line is longer than a message: it ships in parts'
  return config.shutdown.flushPartialAfter > 0
    ? 'its unfinished last line ships after flush_partial_after'
    : 'its last line is unfinished'
}
