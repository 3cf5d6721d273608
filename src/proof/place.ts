// Where in the folder of a restore a file goes. Its name comes from a message, which anybody may have written: what could lead
// out of the folder, or make trouble in it, is not followed. Pure.

export type Place =
  | { readonly parts: readonly string[]; readonly reason: null }
  | { readonly parts: null; readonly reason: string }

/** The folder of the files whose names cannot be used; no name leads into it. */
export const BY_ID = 'by-id'

/** Bytes of a name that every usual file system takes. */
const LONGEST_NAME = 255
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$/i
const WINDOWS_ILLEGAL = /[<>:"|?*]|[. ]$/

/** The parts of `filename` below the folder: an absolute path is taken from its root on. */
export function placeOf(filename: string, windows: boolean): Place {
  const path = windows ? filename.replace(/^[a-z]:/i, '') : filename
  const parts = path.split(windows ? /[\\/]/ : '/')
  if (parts[0] === '') parts.shift()
  const reason = faultIn(filename, parts) ?? (windows ? windowsFaultIn(parts) : null)
  return reason === null ? { parts, reason } : { parts: null, reason }
}

function faultIn(filename: string, parts: readonly string[]): string | null {
  if (/\p{Cc}/u.test(filename)) return 'it holds control characters'
  if (Buffer.from(filename).toString() !== filename) return 'it is no valid text'
  if (parts.length === 0 || parts.some((part) => part === '' || part === '.' || part === '..'))
    return 'it is no plain path'
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME)) return 'it is too long'
  return parts[0]?.toLowerCase() === BY_ID ? `${BY_ID} is where files without a usable name go` : null
}

function windowsFaultIn(parts: readonly string[]): string | null {
  if (parts.some((part) => WINDOWS_DEVICE.test(part))) return 'Windows reserves it'
  return parts.some((part) => WINDOWS_ILLEGAL.test(part)) ? 'Windows does not allow it' : null
}
