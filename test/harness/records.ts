// The records that a checkpoint in memory holds, read as one would with ordinary tools.

import type { FileRecord } from '../../src/state/file-record.ts'
import { COMMIT_PREFIX, CRC_DIGITS } from '../../src/state/journal-lines.ts'
import type { MemoryFolder } from '../state/memory-folder.ts'

/** The last record of each file id. */
export function recordsIn({ disk }: MemoryFolder): Map<string, FileRecord> {
  const records = new Map<string, FileRecord>()
  const [, ...lines] = String(disk.get('checkpoint')).split('\n').slice(0, -1)
  for (const line of lines) {
    const json = line.slice(CRC_DIGITS + 1)
    if (json.startsWith(COMMIT_PREFIX)) continue
    const record = JSON.parse(json) as { file?: FileRecord }
    if (record.file !== undefined) records.set(record.file.birth.id, record.file)
  }
  return records
}
