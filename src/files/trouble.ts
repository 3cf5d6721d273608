// Why a file cannot be read or shipped now: told once, and kept in its checkpoint record, so that `status` can tell it too.

import type { TrackedFile } from './tracked-file.ts'

/** Notes the reason, or with null that there is none any more; durable with the next checkpoint. True when that is news. */
export function noteTrouble(file: TrackedFile, reason: string | null): boolean {
  if (file.trouble === reason) return false
  file.trouble = reason
  file.dirty = true
  return true
}
