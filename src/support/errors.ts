/** The one error family: every failure that leaves a part carries a code for machines, and a message and a hint for people. */
export interface ErrorFacts {
  readonly code: string
  /** What the reader can do about it. */
  readonly hint?: string | null
  /** Whether the same call may succeed later without anybody changing the configuration. */
  readonly retriable?: boolean
  readonly cause?: unknown
}

export class PannierError extends Error {
  readonly code: string
  readonly hint: string | null
  readonly retriable: boolean

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'PannierError'
    this.code = facts.code
    this.hint = facts.hint ?? null
    this.retriable = facts.retriable ?? false
  }
}

/** The system's own word for a failure (`ENOSPC`, `EACCES`), or null where the error does not come from the system. */
export function systemCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}

/** The system's words for what people meet most often; any other error in its own words. */
const READABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied for the user that Pannier runs as',
  EPERM: 'not permitted',
  ENOENT: 'it is not there',
  ENOTDIR: 'something above it is no folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'too many open files (raise ulimit -n, or lower max_open_files)',
  EIO: 'the disk reports an input/output error',
}

/** An error as a reason that a person can read. */
export function readable(error: unknown): string {
  const code = systemCode(error)
  if (code !== null && READABLE[code] !== undefined) return `${READABLE[code]} (${code})`
  return error instanceof Error ? error.message : String(error)
}
