// The account of a closed session: per file the ranges, bytes, lines, messages, crc32, and where in Kafka they are.

import type { TrackedFile } from '../files/tracked-file.ts'
import { hex32 } from '../message/format.ts'
import type { StateFolder } from './folder.ts'
import type { ClosedSession } from './session.ts'

export interface ManifestFile {
  readonly file_id: string
  readonly filename: string
  readonly ranges: readonly (readonly [number, number])[]
  readonly bytes: number
  readonly lines: number
  readonly messages: number
  /** Of the shipped bytes in order, 8 lower-case hex digits. */
  readonly crc32: string
  readonly filtered: number
  readonly dead_lettered: number
  readonly abandoned: number
  readonly topic: string
  readonly partition: number | null
  /** Kafka offsets of the first and last message; null when none was shipped. */
  readonly first: number | null
  readonly last: number | null
}

export interface Manifest {
  readonly v: 1
  readonly host: string
  readonly session: string
  readonly opened: string
  readonly closed: string
  readonly files: readonly ManifestFile[]
}

/** @param topicOf the topic that a file's messages of this session went to */
export function buildManifest(
  session: ClosedSession,
  host: string,
  files: Iterable<TrackedFile>,
  topicOf: (file: TrackedFile) => string,
): Manifest {
  const entries: ManifestFile[] = []
  for (const file of files) {
    const book = file.sessions.get(session.id)
    if (book === undefined) continue
    const { ranges, bytes, lines, messages, filtered, dead_lettered, abandoned, first, last } = book
    entries.push({
      file_id: file.id,
      filename: file.birth.path,
      ranges: ranges.map(([from, to]) => [from, to] as const),
      bytes,
      lines,
      messages,
      crc32: hex32(book.crc32),
      filtered,
      dead_lettered,
      abandoned,
      topic: topicOf(file),
      partition: file.birth.partition,
      first,
      last,
    })
  }
  return { v: 1, host, session: session.id, opened: time(session.opened), closed: time(session.closed), files: entries }
}

const FOLDER = 'manifests'

/** Durable when it resolves; writing it again after a crash gives the same file. */
export function writeManifest(folder: StateFolder, manifest: Manifest): Promise<void> {
  return folder.replace(`${FOLDER}/${manifest.session}.json`, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`))
}

/** Removes all but the newest `keep` manifests. */
export async function pruneManifests(folder: StateFolder, keep: number): Promise<void> {
  const names = (await folder.list()).filter((name) => name.startsWith(`${FOLDER}/`))
  for (const name of names.toSorted(bySession).slice(0, Math.max(0, names.length - keep))) await folder.remove(name)
}

const time = (ms: number): string => new Date(ms).toISOString()

/** By date, then by number: `2026-11-20.10` comes after `2026-11-20.9`. */
export const bySession = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })
