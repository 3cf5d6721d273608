/** What the state directory's failures mean to the reader, and how a folder's own entries are made durable. */
import { open } from 'node:fs/promises'
import { PannierError, systemCode } from '../support/errors.ts'

interface Meaning {
  readonly code: string
  readonly says: string
  readonly hint: string
  readonly retriable: boolean
}

const FULL: Meaning = {
  code: 'STATE_DISK_FULL',
  says: 'no space is left for it',
  hint: 'free space (or raise the quota) where state_dir lies; it is tried again',
  retriable: true,
}
const DENIED: Meaning = {
  code: 'STATE_ACCESS',
  says: 'permission denied',
  hint: 'state_dir must belong to the user that Pannier runs as, with mode 0700',
  retriable: false,
}
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: {
    code: 'STATE_READ_ONLY',
    says: 'the file system is read-only',
    hint: 'mount it writable, or point state_dir elsewhere; it is tried again',
    retriable: true,
  },
  EIO: {
    code: 'STATE_IO',
    says: 'the disk reported an input/output error',
    hint: 'look at the kernel log and the health of the disk; it is tried again',
    retriable: true,
  },
  EACCES: DENIED,
  EPERM: DENIED,
}

export function folderFault(action: string, path: string, error: unknown): PannierError {
  if (error instanceof PannierError) return error
  const system = systemCode(error)
  const meaning = system === null ? undefined : MEANINGS[system]
  const says = meaning?.says ?? (error instanceof Error ? error.message : String(error))
  return new PannierError(`cannot ${action} ${path} in the state directory: ${says}${meaning ? ` (${system})` : ''}`, {
    code: meaning?.code ?? 'STATE_FOLDER',
    hint: meaning?.hint ?? null,
    retriable: meaning?.retriable ?? false,
    cause: error,
  })
}

export function isAbsent(error: unknown): boolean {
  return systemCode(error) === 'ENOENT'
}

/** Some file systems and Windows cannot sync a folder; there the rename itself has to do. */
const CANNOT_SYNC_FOLDERS = new Set([
  'EINVAL',
  'ENOTSUP',
  'EISDIR',
  ...(process.platform === 'win32' ? ['EPERM', 'EACCES'] : []),
])

export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!CANNOT_SYNC_FOLDERS.has(systemCode(error) ?? '')) throw error
  }
}
